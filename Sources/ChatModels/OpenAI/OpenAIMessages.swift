import JSON

/// Writes requests as the OpenAI interface wants them.
enum OpenAIMessages {
    static func body(
        _ request: ChatRequest, model: String, isStreamed: Bool, format known: OpenAIFormat = .schema
    ) -> JSONValue {
        let messages = request.messages + explanation(request.format, known)
        var members = [
            JSONMember("model", .string(model)), JSONMember("messages", .array(messages.map(message))),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONMember(name, value)) }
        }
        if !request.tools.isEmpty {
            add("tools", .array(request.tools.map(tool)))
            add("tool_choice", choice(request.toolChoice))
        }
        add("response_format", format(request.format, known))
        add("temperature", request.temperature.map(JSONValue.double))
        add("max_tokens", request.maxTokens.map { .integer(Int64($0)) })
        add("stop", request.stop.isEmpty ? nil : .array(request.stop.map(JSONValue.string)))
        add("seed", request.seed.map(JSONValue.integer))
        if isStreamed {
            add("stream", true)
            add("stream_options", ["include_usage": true])
        }
        return .object(members + request.extra)
    }

    private static func message(_ message: ChatMessage) -> JSONValue {
        var members = [JSONMember("role", .string(message.role.rawValue)), JSONMember("content", content(message))]
        if !message.toolCalls.isEmpty { members.append(JSONMember("tool_calls", .array(message.toolCalls.map(call)))) }
        if let id = message.toolCallID { members.append(JSONMember("tool_call_id", .string(id))) }
        return .object(members)
    }

    private static func content(_ message: ChatMessage) -> JSONValue {
        if message.content.isEmpty, !message.toolCalls.isEmpty { return .null }
        guard !message.images.isEmpty else { return .string(message.content) }
        let text: JSONValue = ["type": "text", "text": .string(message.content)]
        let images = message.images.map { address -> JSONValue in
            ["type": "image_url", "image_url": ["url": .string(address)]]
        }
        return .array((message.content.isEmpty ? [] : [text]) + images)
    }

    private static func call(_ call: ToolCall) -> JSONValue {
        [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
        ]
    }

    private static func tool(_ tool: ToolDeclaration) -> JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description),
                "parameters": tool.parameters.json,
            ],
        ]
    }

    private static func choice(_ choice: ChatRequest.ToolChoice) -> JSONValue? {
        switch choice {
        case .auto: nil
        case .none: "none"
        case .required: "required"
        case .named(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }

    private static func format(_ format: ChatRequest.Format, _ known: OpenAIFormat) -> JSONValue? {
        switch (format, known) {
        case (.text, _), (_, .plain): nil
        case (.json, _), (.schema, .object): ["type": "json_object"]
        case (.schema(let name, let schema), .schema):
            ["type": "json_schema", "json_schema": ["name": .string(name), "schema": schema.json, "strict": true]]
        }
    }

    /// What the model is told where the server does not know schemas.
    private static func explanation(_ format: ChatRequest.Format, _ known: OpenAIFormat) -> [ChatMessage] {
        switch (format, known) {
        case (.schema(_, let schema), .object), (.schema(_, let schema), .plain):
            [
                .system(
                    "Answer with one JSON value that this JSON Schema describes, and with nothing else: "
                        + schema.json.text)
            ]
        case (.json, .plain): [.system("Answer with one JSON object and nothing else.")]
        default: []
        }
    }
}
