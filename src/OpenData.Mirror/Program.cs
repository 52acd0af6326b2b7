using OpenData.Mirror.Commands;

return await CommandLine.RunAsync(args, Terminal.System());
