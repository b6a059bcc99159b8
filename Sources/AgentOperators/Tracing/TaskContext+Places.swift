import Observability
import StreamCore
import Topology

extension TaskContext {
    /// Runs `body` with outputs that were caused by what is called `name`; its argument is that place, nil when nothing is
    /// traced.
    func at<Result>(_ name: String, _ body: (TraceContext?) throws -> Result) rethrows -> Result {
        guard let trace else { return try body(nil) }
        let before = headers
        defer { headers = before }
        let place = trace.child(name)
        headers = place.written(to: headers)
        return try body(place)
    }

    /// The headers of the trace alone, for records that carry no others.
    var traceHeaders: Headers {
        guard trace != nil else { return .none }
        let names = [TraceContext.header, TraceContext.stateHeader, TraceCause.header]
        return Headers(headers.entries.filter { names.contains($0.name) })
    }
}

/// What a request's span says.
struct RequestSpan {
    let name: String
    let attributes: [Span.Attribute]

    /// An agent's handler.
    static func agent(_ agent: AgentID) -> RequestSpan {
        RequestSpan(
            name: SpanNames.invokeAgent(agent.type),
            attributes: [
                .init(SpanNames.operation, "invoke_agent"), .init(SpanNames.agentName, agent.type),
                .init(SpanNames.agentID, agent.description), .init(SpanNames.conversation, agent.key),
            ])
    }

    /// A step's handler.
    static func handler(of step: String) -> RequestSpan {
        RequestSpan(
            name: SpanNames.invokeAgent(step),
            attributes: [.init(SpanNames.operation, "invoke_agent"), .init(SpanNames.agentName, step)])
    }
}
