using OpenData.Mirror.Commands;

// What a socket brings is worked on by the thread that learns of it; to hand each few kilobytes to a thread of the pool took more than to check and write them.
// Whoever waits for the disk afterwards leaves that thread first, by ForceYielding.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

return await CommandLine.RunAsync(args, Terminal.System());
