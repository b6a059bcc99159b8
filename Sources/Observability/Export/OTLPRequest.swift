import JSON

/// Spans as one request of the OpenTelemetry Protocol, in either encoding.
struct OTLPRequest {
    /// Who made the spans.
    static let scope = "tributary"

    let resource: [String: String]
    let spans: [Span]

    func body(_ encoding: OTLPSettings.Encoding) -> [UInt8] {
        switch encoding {
        case .json: Array(json.text.utf8)
        case .protobuf: protobuf
        }
    }
}
