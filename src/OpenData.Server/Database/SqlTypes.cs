using System.Data;
using System.Globalization;
using Dapper;
using OpenData.Format;

namespace OpenData.Server.Database;

/// <summary>Teaches Dapper how times, days and digests are stored; the same on both databases.</summary>
internal static class SqlTypes
{
    /// <summary>Dapper's handlers are process-wide; once is enough.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        // The built-in maps would win over the handlers for parameters.
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.RemoveTypeMap(typeof(DateOnly));
        SqlMapper.RemoveTypeMap(typeof(DateOnly?));
        SqlMapper.AddTypeHandler(new TimeHandler());
        SqlMapper.AddTypeHandler(new DayHandler());
        SqlMapper.AddTypeHandler(new DigestHandler());
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = SqlTime.ToMicroseconds(value);
        }

        public override DateTimeOffset Parse(object value) => SqlTime.FromMicroseconds(Convert.ToInt64(value, CultureInfo.InvariantCulture));
    }

    private sealed class DayHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override void SetValue(IDbDataParameter parameter, DateOnly value)
        {
            parameter.DbType = DbType.String;
            parameter.Value = value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        public override DateOnly Parse(object value) => DateOnly.ParseExact((string)value, "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private sealed class DigestHandler : SqlMapper.TypeHandler<Sha256Digest>
    {
        public override void SetValue(IDbDataParameter parameter, Sha256Digest value)
        {
            parameter.DbType = DbType.Binary;
            parameter.Value = value.ToArray();
        }

        public override Sha256Digest Parse(object value) => new((byte[])value);
    }
}
