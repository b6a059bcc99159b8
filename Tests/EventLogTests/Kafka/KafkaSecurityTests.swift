import CRdKafka
import Dispatch
import EventLog
import Foundation
import StreamCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15))) struct KafkaSecurityTests {
    /// The error of asking a log with `properties` for its topics, and its log lines.
    private func failure(
        _ properties: [String: String], on mock: MockCluster, timeout: Duration = .seconds(60),
        token: (@Sendable () throws -> KafkaToken)? = nil
    ) throws -> (error: EventLogError, lines: [KafkaLogLine]) {
        let lines = Lines()
        var configuration = mock.configuration(properties)
        configuration.requestTimeout = timeout
        configuration.log = { lines.add($0) }
        configuration.oauthToken = token
        let log = try KafkaEventLog(configuration)
        let error = try #require(throws: EventLogError.self) { _ = try log.topics() }
        return (error, lines.all)
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func `credentials for a port that asks for none are refused long before the timeout`(mechanism: String) throws {
        let mock = try MockCluster()
        let start = ContinuousClock.now
        let (error, lines) = try failure(
            [
                "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": "me",
                "sasl.password": "hunter2",
            ], on: mock)
        #expect(error.code == .unauthorized, "\(error)")
        #expect(error.message.contains("security.protocol"))
        #expect(error.message.contains("credentials"))
        #expect(!error.message.contains("hunter2"))
        #expect(!lines.contains { $0.message.contains("hunter2") })
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `TLS to a port without it is said to be that`() throws {
        let mock = try MockCluster()
        let (error, _) = try failure(
            ["security.protocol": "SSL", "socket.connection.setup.timeout.ms": "1000"], on: mock, timeout: .seconds(6))
        #expect([.unavailable, .unauthorized].contains(error.code))
        #expect(error.message.contains("no TLS"), "\(error)")
    }

    @Test(arguments: [
        ("sasl.jaas.config", "sasl.username"), ("ssl.truststore.location", "ssl.ca.location"),
        ("key.deserializer", "serdes"), ("schema.registry.url", "registry"),
        ("max.poll.records", "remove it"), ("fetch.max.wait.ms", "fetch.wait.max.ms"),
    ])
    func `a Java property is refused with what to write instead`(name: String, instead: String) throws {
        let configuration = KafkaConfiguration(bootstrapServers: "localhost:1", properties: [name: "hunter2"])
        let error = try #require(throws: EventLogError.self) { _ = try KafkaEventLog(configuration) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains("'\(name)' is one of Java's clients"))
        #expect(error.message.contains(instead))
        #expect(!error.message.contains("hunter2"))
    }

    private static let bearer = ["security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER"]

    @Test func `tokens and their mechanism go together`() throws {
        func code(_ properties: [String: String], _ token: (@Sendable () throws -> KafkaToken)?) throws -> String {
            var configuration = KafkaConfiguration(bootstrapServers: "localhost:1", properties: properties)
            configuration.log = { _ in }
            configuration.oauthToken = token
            return try #require(throws: EventLogError.self) { _ = try KafkaEventLog(configuration) }.message
        }
        let token: @Sendable () throws -> KafkaToken = { KafkaToken("t", expires: .init(milliseconds: .max)) }
        #expect(try code([:], token).contains("set it to OAUTHBEARER"))
        #expect(try code(["sasl.mechanism": "PLAIN"], token).contains("set it to OAUTHBEARER"))
        #expect(try code(Self.bearer, nil).contains("there are no tokens"))
        let both = Self.bearer.merging(["enable.sasl.oauthbearer.unsecure.jwt": "true"]) { $1 }
        #expect(try code(both, token).contains("mutually exclusive"))
        let unsecured = both.merging(["sasl.oauthbearer.config": "principal=me"]) { $1 }
        var configuration = KafkaConfiguration(bootstrapServers: "localhost:1", properties: unsecured)
        configuration.log = { _ in }
        _ = try KafkaEventLog(configuration)
    }

    @Test func `a token that cannot be had is reported, without it`() throws {
        let mock = try MockCluster()
        let (error, _) = try failure(Self.bearer, on: mock) { throw NoToken() }
        #expect(error.code == .unauthorized)
        #expect(error.message.contains("the identity provider is asleep"), "\(error)")
        let expired = try failure(Self.bearer, on: mock) { KafkaToken("hunter2", expires: Timestamp(milliseconds: 1)) }
        #expect(expired.error.message.contains("expired"), "\(expired.error)")
        #expect(!expired.error.message.contains("hunter2"))
        let bad = try failure(Self.bearer, on: mock) {
            KafkaToken("hunter\u{1}2", expires: SystemWallClock().now() + .minutes(5))
        }
        #expect(!bad.error.message.contains("hunter"), "\(bad.error)")
    }

    struct NoToken: Error, CustomStringConvertible {
        var description: String { "the identity provider is asleep" }
    }

    @Test func `tokens reach the broker, and new ones are asked for before they expire`() throws {
        let gate = try TokenGate()
        defer { gate.close() }
        let asked = Mutex(0)
        let lines = Lines()
        var configuration = KafkaConfiguration(bootstrapServers: gate.address, properties: Self.bearer)
        configuration.log = { lines.add($0) }
        configuration.requestTimeout = .seconds(20)
        configuration.oauthToken = {
            let number = asked.withLock { count in
                count += 1
                return count
            }
            return KafkaToken(
                "token-\(number)", principal: "me", expires: SystemWallClock().now() + .seconds(5),
                extensions: ["pool": "blue", "tier": "gold"])
        }
        let log = try KafkaEventLog(configuration)
        _ = try? log.topics()
        let seen = gate.seen
        #expect(seen.contains("auth=Bearer token-"), "\(seen)")
        #expect(seen.contains("pool=blue"))
        #expect(seen.contains("tier=gold"))
        // Five seconds each, renewed after four: in twenty seconds there were several.
        #expect(asked.withLock { $0 } > 2)
        #expect(!lines.all.contains { $0.message.contains("token-") })
    }
}

/// Speaks as much Kafka as it takes to be sent a token, and remembers what came.
private final class TokenGate: Sendable {
    private let listener: Int32
    let address: String
    private let bytes = Mutex<[UInt8]>([])

    var seen: String {
        bytes.withLock { String(decoding: $0.map { (0x20..<0x7f).contains($0) ? $0 : 0x2e }, as: UTF8.self) }
    }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else { throw MockFailure() }
        address = "127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func serve(_ client: Int32) {
        defer { Glibc.close(client) }
        while let head = take(4, client), let request = take(Int(number(head)), client), request.count >= 8 {
            bytes.withLock { $0 += request }
            let correlation = Array(request[4..<8])
            let answer: [UInt8]
            switch UInt16(request[0]) << 8 | UInt16(request[1]) {
            // ApiVersions, of which only the first version is spoken.
            case 18 where request[3] != 0: answer = [0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 0]
            // No error, handshake 0-1 and authenticate 0-1.
            case 18: answer = [0, 0, 0, 0, 0, 3, 0, 17, 0, 0, 0, 1, 0, 36, 0, 0, 0, 1, 0, 18, 0, 0, 0, 0]
            // SaslHandshake: no error, one mechanism.
            case 17: answer = [0, 0, 0, 0, 0, 1, 0, 11] + Array("OAUTHBEARER".utf8)
            // SaslAuthenticate, and whatever else: enough was seen.
            default: return
            }
            let count = UInt32(answer.count + 4)
            let frame = (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * UInt32($0))) }
            let all = frame + correlation + answer
            guard send(client, all, all.count, Int32(MSG_NOSIGNAL)) == all.count else { return }
        }
    }

    private func number(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private func take(_ count: Int, _ client: Int32) -> [UInt8]? {
        guard (0..<1_000_000).contains(count) else { return nil }
        var taken = [UInt8](repeating: 0, count: count)
        var length = 0
        while length < count {
            let got = taken.withUnsafeMutableBytes { buffer in
                recv(client, buffer.baseAddress.map { $0 + length }, count - length, 0)
            }
            guard got > 0 else { return nil }
            length += got
        }
        return taken
    }
}
