import EventLog
import StreamCore
import Testing

@Suite struct KafkaConfigurationTests {
    /// The error of a log with `properties`.
    func refusal(_ properties: [String: String], servers: String = "localhost:1") throws -> EventLogError {
        var configuration = KafkaConfiguration(bootstrapServers: servers, properties: properties)
        configuration.log = { _ in }
        do {
            _ = try KafkaEventLog(configuration)
        } catch {
            return error
        }
        throw NothingRefused()
    }

    struct NothingRefused: Error {}

    @Test(arguments: [
        "bootstrap.servers", "group.id", "enable.auto.commit", "enable.auto.offset.store", "isolation.level",
        "enable.idempotence", "partitioner", "transactional.id", "enable.partition.eof", "acks", "auto.offset.reset",
        "message.timeout.ms", "allow.auto.create.topics", "test.mock.num.brokers",
    ])
    func `properties that the guarantees rest on are refused by name`(name: String) throws {
        let error = try refusal([name: "1"])
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains("'\(name)'"))
    }

    @Test(arguments: [
        ("sasl.pasword", "sasl.password"), ("fetch.max.byte", "fetch.max.bytes"),
        ("socket.timeout", "socket.timeout.ms"),
        ("compresion.type", "compression.type"), ("Security.protocol", "security.protocol"),
    ])
    func `an unknown property is refused with the one that may be meant`(name: String, meant: String) throws {
        let error = try refusal([name: "hunter2"])
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains("'\(name)'"))
        #expect(error.message.contains("'\(meant)'"), "\(error.message)")
        #expect(!error.message.contains("hunter2"))
    }

    @Test func `a property like no other gets no suggestion`() throws {
        #expect(!(try refusal(["flux.capacitor.gigawatts": "1.21"]).message.contains("did you mean")))
    }

    @Test func `a bad value is refused with librdkafka's reason`() throws {
        let error = try refusal(["security.protocol": "carrier-pigeon"])
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains("security.protocol") && error.message.contains("carrier-pigeon"))
        #expect(try refusal(["fetch.max.bytes": "-5"]).code == .invalidConfiguration)
        #expect(try refusal(["client.id": "a\u{0}b"]).code == .invalidConfiguration)
    }

    @Test func `settings that do not fit together are refused at once`() throws {
        let error = try refusal(["security.protocol": "ssl", "ssl.ca.location": "/nowhere/ca.pem"])
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.contains("/nowhere/ca.pem") || error.message.contains("ssl.ca.location"))
    }

    @Test(arguments: ["", "localhost", ":9092", "localhost:", "localhost:http", "a:1,,b:2", "localhost:0", "a:70000"])
    func `bootstrap servers that are none are refused`(servers: String) throws {
        #expect(try refusal([:], servers: servers).code == .invalidConfiguration)
    }

    @Test(arguments: ["a:1", "a:1,b:2", "a:1, b:2", "PLAINTEXT://a:1", "[::1]:9092"])
    func `bootstrap servers that could be are taken`(servers: String) throws {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        configuration.log = { _ in }
        #expect(try KafkaEventLog(configuration).location == servers)
    }

    @Test func `timeouts and copies that make no sense are refused`() throws {
        for change in [
            { $0.requestTimeout = .zero }, { $0.deliveryTimeout = .seconds(-1) }, { $0.replicationFactor = 0 },
            { $0.replicationFactor = 40_000 },
        ] as [(inout KafkaConfiguration) -> Void] {
            var configuration = KafkaConfiguration(bootstrapServers: "localhost:1")
            change(&configuration)
            #expect(throws: EventLogError.self) { try KafkaEventLog(configuration) }
        }
    }

    @Test(arguments: [
        "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "sasl.oauthbearer.config",
        "sasl.oauthbearer.client.secret",
    ])
    func `secrets are not printed`(name: String) throws {
        let configuration = KafkaConfiguration(
            bootstrapServers: "localhost:1", properties: [name: "hunter2", "client.id": "me"])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains(name))
            #expect(text.contains("me"))
        }
    }

    @Test func `a secret's bad value is not repeated`() throws {
        let secret = "-----BEGIN PRIVATE KEY----- hunter2"
        let error = try refusal(["security.protocol": "ssl", "ssl.key.pem": secret])
        #expect(error.code == .invalidConfiguration)
        #expect(!error.message.contains("hunter2"))
        #expect(!(try refusal(["sasl.jaas.config": "password=hunter2"]).message.contains("hunter2")))
    }

    @Test func `a property of consumers is no warning at producers`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let lines = Lines()
        var configuration = mock.configuration(["fetch.max.bytes": "1000000", "compression.type": "lz4"])
        configuration.log = { lines.add($0) }
        let log = try KafkaEventLog(configuration)
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: TopicPartition("reviews", 0)))
        #expect(try log.records(of: TopicPartition("reviews", 0), count: 1).count == 1)
        #expect(!lines.all.contains { $0.facility == "CONFWARN" })
    }
}
