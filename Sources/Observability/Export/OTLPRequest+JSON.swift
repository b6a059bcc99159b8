import JSON
import StreamCore

extension OTLPRequest {
    /// By OTLP's rules: ids in hexadecimal, 64-bit numbers as text, enumerations as numbers.
    var json: JSONValue {
        let attributes = resource.sorted { $0.key < $1.key }.map { Self.attribute($0.key, .text($0.value)) }
        return [
            "resourceSpans": [
                [
                    "resource": ["attributes": .array(attributes)],
                    "scopeSpans": [
                        ["scope": ["name": .string(Self.scope)], "spans": .array(spans.map(Self.span))]
                    ],
                ]
            ]
        ]
    }

    private static func span(_ span: Span) -> JSONValue {
        var members = [
            JSONMember("traceId", .string(span.context.traceID)), JSONMember("spanId", .string(span.context.spanID)),
        ]
        if let state = span.context.state { members.append(JSONMember("traceState", .string(state))) }
        if let parent = span.parent, let place = span.context.with(span: parent) {
            members.append(JSONMember("parentSpanId", .string(place.spanID)))
        }
        members += [
            JSONMember("name", .string(span.name)), JSONMember("kind", .integer(Int64(span.kind.rawValue))),
            JSONMember("startTimeUnixNano", .string(nanoseconds(span.start))),
            JSONMember("endTimeUnixNano", .string(nanoseconds(span.end))),
            JSONMember("attributes", .array(span.attributes.map { attribute($0.name, $0.value) })),
            JSONMember("flags", .integer(Int64(span.context.flags))),
        ]
        if let failure = span.failure {
            members.append(JSONMember("status", ["code": 2, "message": .string(failure)]))
        }
        return .object(members)
    }

    private static func nanoseconds(_ time: Timestamp) -> String { "\(max(0, time.milliseconds))000000" }

    private static func attribute(_ name: String, _ value: Span.Attribute.Value) -> JSONValue {
        ["key": .string(name), "value": any(value)]
    }

    private static func any(_ value: Span.Attribute.Value) -> JSONValue {
        switch value {
        case .text(let text): ["stringValue": .string(text)]
        case .integer(let number): ["intValue": .string("\(number)")]
        case .number(let number): ["doubleValue": .double(number)]
        case .flag(let flag): ["boolValue": .bool(flag)]
        case .texts(let texts):
            ["arrayValue": ["values": .array(texts.map { ["stringValue": .string($0)] })]]
        }
    }
}
