using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using OpenData.Server.Gateway.FastLane;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway.FastLane;

public sealed class RequestWaitTests
{
    private readonly FakeTime _time = new();
    private readonly Pipe _input = new();
    private readonly Connection _connection;

    public RequestWaitTests() => _connection = new Connection(_input.Reader);

    [Fact]
    public async Task A_connection_that_says_nothing_is_closed_after_the_keep_alive_time()
    {
        using RequestWait wait = new(_connection, TimeSpan.FromSeconds(130), _time);
        Task<ReadResult?> next = wait.NextAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(129));
        _connection.Beat();
        next.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        _connection.Beat();
        (await next).ShouldBeNull();
    }

    [Fact]
    public async Task The_time_begins_anew_with_each_wait_and_does_not_run_during_a_response()
    {
        using RequestWait wait = new(_connection, TimeSpan.FromSeconds(130), _time);
        await _input.Writer.WriteAsync("GET"u8.ToArray());
        ReadResult first = (await wait.NextAsync())!.Value;
        _input.Reader.AdvanceTo(first.Buffer.End);
        _time.Advance(TimeSpan.FromHours(1));
        _connection.Beat();
        Task<ReadResult?> second = wait.NextAsync().AsTask();
        _connection.Beat();
        second.IsCompleted.ShouldBeFalse();
        await _input.Writer.WriteAsync("GET"u8.ToArray());
        (await second).ShouldNotBeNull();
    }

    private sealed class Connection : DefaultConnectionContext, IConnectionHeartbeatFeature
    {
        private Action? _beat;

        public Connection(PipeReader input)
        {
            Transport = new Duplex(input);
            Features.Set<IConnectionHeartbeatFeature>(this);
        }

        public void OnHeartbeat(Action<object> action, object state) => _beat += () => action(state);

        public void Beat() => _beat!();
    }

    private sealed class Duplex(PipeReader input) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => throw new NotSupportedException();
    }
}
