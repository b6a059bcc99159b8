import JSON
import StreamCore

/// A trace's way between records' headers and AutoGen's events, which keep it in members of their own.
enum TraceFields {
    /// The members that say the trace in `headers`; none when it is missing or malformed.
    static func members(of headers: Headers) -> [JSONMember] {
        guard let trace = TraceContext(headers) else { return [] }
        var members = [JSONMember(TraceContext.header, .string(trace.description))]
        if let state = trace.state { members.append(JSONMember(TraceContext.stateHeader, .string(state))) }
        return members
    }

    /// Puts the trace that `members` say into `headers`.
    static func write(_ members: [JSONMember], to headers: inout Headers) {
        func text(_ name: String) -> String? { members.last { $0.name == name }?.value.stringValue }
        guard let parent = text(TraceContext.header),
            let trace = TraceContext(traceparent: parent, state: text(TraceContext.stateHeader))
        else { return }
        trace.write(to: &headers)
    }
}
