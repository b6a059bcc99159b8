/// The headers by which records say which request they belong to.
public enum CorrelationHeader {
    /// Their names: ours first, then what others use.
    public static let names = ["tributary.id", "correlation-id", "correlation_id", "correlationId"]

    /// What names the request that a record with these headers belongs to; nil when they say none.
    public static func value(in headers: Headers) -> String? {
        guard !headers.isEmpty else { return nil }
        for name in names {
            if let value = headers[name] { return value }
        }
        return nil
    }
}
