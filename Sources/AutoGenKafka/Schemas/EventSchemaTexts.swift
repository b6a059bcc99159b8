import Schemas

/// The JSON Schemas of AutoGen-Kafka's events, in the form in which a registry keeps them.
///
/// Equal to what Python registers, so that both find each other's: see ``EventSchemas`` for what happens when they are not.
enum EventSchemaTexts {
    static let request = message("agent_id", "payload_format")
    static let response = message("sender", "serialization_format")

    static let registration = json(
        """
        {"type":"object","properties":{"message_type":{"type":"string","enum":["register","unregister"]},\
        "agent":{"type":"string"}},"required":["message_type","agent"]}
        """)

    static let subscription = json(
        """
        {"type":"object","properties":{"type":{"type":"string",\
        "enum":["TypeSubscription","TypePrefixSubscription","StringSubscription"]},\
        "operation":{"type":"string","enum":["added","removed"]},"subscription":{"oneOf":[\
        \(subscriptionForm("topic_type")),\(subscriptionForm("topic_type_prefix")),{"type":"string"}]}},\
        "required":["type","operation","subscription"]}
        """)

    static let memory = json(
        """
        {"type":"object","properties":{"sender":{"type":"string"},"mime_type":{"type":"string"},\
        "content":{"type":"string"},"metadata":{"type":["string","null"]}},"required":["sender","mime_type","content"]}
        """)

    static let cloudEvent = json(
        """
        {"$schema":"http://json-schema.org/draft-07/schema#","title":"CloudEvent","type":"object",\
        "properties":{"specversion":{"type":"string"},"type":{"type":"string","minLength":1},\
        "source":{"type":"string","minLength":1},"id":{"type":"string","minLength":1},\
        "time":{"type":"string","format":"date-time"},"datacontenttype":{"type":"string"},\
        "dataschema":{"type":"string","format":"uri"},"subject":{"type":"string"},"data":{},\
        "data_base64":{"type":"string"}},"required":["specversion","type","source","id"],\
        "additionalProperties":{"type":["string","number","integer","boolean","null"]},\
        "not":{"allOf":[{"required":["data"]},{"required":["data_base64"]}]}}
        """)

    static func agentEvent(_ message: String) -> SchemaDefinition {
        json(
            """
            {"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"string"},\
            "message_type":{"type":"string"},"message":\(message)},"required":["id","message_type","message"]}
            """)
    }

    /// Requests and responses differ in the names of the sender and of the payload's format.
    private static func message(_ sender: String, _ format: String) -> SchemaDefinition {
        let names = [
            "message_id", "topic_id", sender, "request_id", "recipient", "payload", "payload_type", format,
        ]
        let text = names.map { "\"\($0)\":\(nullableText)" }
        return json(
            """
            {"type":"object","properties":{\(text.joined(separator: ",")),"metadata":{"type":"object"},\
            "error":\(nullableText)}}
            """)
    }

    private static let nullableText = "{\"type\":[\"string\",\"null\"]}"

    private static func subscriptionForm(_ topic: String) -> String {
        """
        {"type":"object","properties":{"\(topic)":{"type":"string"},"agent_type":{"type":"string"},\
        "id":{"type":"string"}},"required":["\(topic)","agent_type","id"]}
        """
    }

    private static func json(_ text: String) -> SchemaDefinition { SchemaDefinition(.json, text) }
}
