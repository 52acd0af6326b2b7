using System.Reflection;
using System.Reflection.Emit;

namespace OpenData.Tests.Architecture;

/// <summary>
/// Which types a type uses, as the compiler wrote it down: in its declaration, its members' signatures and attributes, and every instruction of its code. Constants and
/// <c>nameof</c> leave no trace.
/// </summary>
internal static class CompiledReferences
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_instructions =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The types that a type uses; each as it was declared: neither arrays, pointers nor constructed generic types.</summary>
    public static HashSet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Add(found, type.BaseType);
        Add(found, type.GetInterfaces());
        Add(found, type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()));
        AddAttributes(found, type.GetCustomAttributesData());
        foreach (MemberInfo member in type.GetMembers(Own))
        {
            AddAttributes(found, member.GetCustomAttributesData());
            switch (member)
            {
                case FieldInfo field:
                    Add(found, field.FieldType);
                    break;
                case MethodBase method:
                    Add(found, (method as MethodInfo)?.ReturnType);
                    Add(found, method.GetParameters().Select(parameter => parameter.ParameterType));
                    AddCode(found, method);
                    break;
            }
        }
        return found;
    }

    private static void AddCode(HashSet<Type> found, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body || body.GetILAsByteArray() is not { } code)
        {
            return;
        }
        Add(found, body.LocalVariables.Select(local => local.LocalType));
        Add(found, body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!));
        for (int at = 0; at < code.Length;)
        {
            OpCode instruction = s_instructions[code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at]];
            at += instruction.Size;
            switch (instruction.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok:
                    AddMember(found, method, BitConverter.ToInt32(code, at));
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                default:
                    at += Length(instruction.OperandType);
                    break;
            }
        }
    }

    /// <summary>The length of an operand that names nothing, in bytes (ECMA-335, III.1.9).</summary>
    private static int Length(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static void AddMember(HashSet<Type> found, MethodBase within, int token)
    {
        Type[] ofType = within.DeclaringType!.GetGenericArguments();
        Type[] ofMethod = within.IsGenericMethodDefinition ? within.GetGenericArguments() : [];
        MemberInfo member = within.Module.ResolveMember(token, ofType, ofMethod)!;
        Add(found, member as Type ?? member.DeclaringType);
        switch (member)
        {
            case FieldInfo field:
                Add(found, field.FieldType);
                break;
            case MethodBase method:
                Add(found, (method as MethodInfo)?.ReturnType);
                Add(found, method.GetParameters().Select(parameter => parameter.ParameterType));
                Add(found, method.IsGenericMethod ? method.GetGenericArguments() : []);
                break;
        }
    }

    private static void AddAttributes(HashSet<Type> found, IEnumerable<CustomAttributeData> attributes)
    {
        foreach (CustomAttributeData attribute in attributes)
        {
            Add(found, attribute.AttributeType);
            Add(found, attribute.ConstructorArguments.Select(argument => argument.Value).OfType<Type>());
        }
    }

    private static void Add(HashSet<Type> found, IEnumerable<Type> types)
    {
        foreach (Type type in types)
        {
            Add(found, type);
        }
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null or { IsGenericParameter: true })
        {
            return;
        }
        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
        }
        else if (type.IsConstructedGenericType)
        {
            Add(found, type.GetGenericTypeDefinition());
            Add(found, type.GetGenericArguments());
        }
        else
        {
            found.Add(type);
        }
    }
}
