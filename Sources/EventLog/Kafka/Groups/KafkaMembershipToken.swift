import CRdKafka
import StreamCore

extension MembershipToken {
    /// The token of `client`'s membership as it is now; not genuine when there is none.
    ///
    /// Only to be read inside a rebalance: at any other time the generation may be one in which the tasks went elsewhere.
    static func current(of client: OpaquePointer) -> MembershipToken {
        guard let metadata = rd_kafka_consumer_group_metadata(client) else { return .none }
        defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
        return written(metadata)
    }

    /// What librdkafka writes down of `metadata`.
    static func written(_ metadata: OpaquePointer) -> MembershipToken {
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        if let error = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &count) {
            rd_kafka_error_destroy(error)
            return .none
        }
        defer { rd_kafka_mem_free(nil, bytes) }
        return MembershipToken(kafka: Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)))
    }

    /// The token that librdkafka wrote down as `content`: `CGMDv2:`, the generation as this machine holds it, then the
    /// group's name, the member's id and more, each with a zero at its end.
    ///
    /// Anything else gives a token that is not genuine, with which nothing is committed.
    init(kafka content: [UInt8]) {
        let form = Array("CGMDv2:".utf8)
        let numberEnd = form.count + MemoryLayout<Int32>.size
        let texts = content.dropFirst(numberEnd).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard content.starts(with: form), content.count > numberEnd, texts.count == 3 else {
            self = .none
            return
        }
        let generation = content[form.count..<numberEnd].withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        self.init(member: String(decoding: texts[1], as: UTF8.self), generation: generation, content: content)
    }

    private static var none: MembershipToken { MembershipToken(member: "", generation: -1, content: []) }

    /// Calls `body` with librdkafka's own form of the token; nil when it does not take it.
    func withKafkaMetadata<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        var metadata: OpaquePointer?
        let error = content.withUnsafeBytes { bytes in
            rd_kafka_consumer_group_metadata_read(&metadata, bytes.baseAddress, bytes.count)
        }
        if let error { rd_kafka_error_destroy(error) }
        guard let metadata else { return nil }
        defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
        return body(metadata)
    }
}
