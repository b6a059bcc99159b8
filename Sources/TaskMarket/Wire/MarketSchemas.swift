/// The Avro schemas of the three messages: one source for all formats.
///
/// The field order is the original's, so that raw bytes agree. Names of records do not lie on the wire; the original has them
/// without a namespace in its code and with `com.a2a.schema` in its files.
public enum MarketSchemas {
    /// The namespace of the original's `.avsc` files.
    public static let namespace = "com.a2a.schema"

    /// The schema of ``TaskRequest``.
    public static let request = """
        {"type":"record","name":"TaskRequest","namespace":"\(namespace)","fields":[\
        {"name":"task_id","type":"string"},\
        {"name":"requester_id","type":"string"},\
        {"name":"description","type":"string"},\
        {"name":"proposed_cost","type":["null","double"],"default":null},\
        {"name":"priority","type":"int","default":1},\
        {"name":"timestamp","type":"long"}]}
        """

    /// The schema of ``TaskResponse`` with the original's seven statuses.
    public static let response = response(MarketStatus.wireOrder.filter(\.isOriginal), isReadable: false)

    /// The schema of ``TaskResponse`` with all statuses; whoever reads it with the original's seven sees FAILED for the others when
    /// its schema has that default, and an error otherwise.
    public static let extendedResponse = response(MarketStatus.wireOrder, isReadable: true)

    /// The schema of ``NegotiationMessage``.
    public static let negotiation = """
        {"type":"record","name":"NegotiationMessage","namespace":"\(namespace)","fields":[\
        {"name":"task_id","type":"string"},\
        {"name":"sender_id","type":"string"},\
        {"name":"receiver_id","type":"string"},\
        {"name":"negotiation_round","type":"int"},\
        {"name":"offer","type":["null","double"],"default":null},\
        {"name":"approved","type":"boolean","default":false},\
        {"name":"message","type":["null","string"],"default":null},\
        {"name":"timestamp","type":"long"}]}
        """

    private static func response(_ statuses: [MarketStatus], isReadable: Bool) -> String {
        let symbols = statuses.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
        return """
            {"type":"record","name":"TaskResponse","namespace":"\(namespace)","fields":[\
            {"name":"task_id","type":"string"},\
            {"name":"responder_id","type":"string"},\
            {"name":"status","type":{"type":"enum","name":"TaskStatus","symbols":[\(symbols)]\
            \(isReadable ? ",\"default\":\"FAILED\"" : "")}},\
            {"name":"counter_offer","type":["null","double"],"default":null},\
            {"name":"message","type":["null","string"],"default":null},\
            {"name":"timestamp","type":"long"}]}
            """
    }
}
