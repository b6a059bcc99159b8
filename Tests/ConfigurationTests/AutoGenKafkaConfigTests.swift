import Configuration
import Foundation
import JSON
import TestPrograms
import Testing

@Suite("AutoGen-Kafka's configuration") struct AutoGenKafkaConfigTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func config(_ change: (inout KafkaConfig) -> Void = { _ in }) -> KafkaConfig {
        var config = KafkaConfig(name: "n", groupID: "g", clientID: "c", bootstrapServers: ["localhost:9092"])
        change(&config)
        return config
    }

    private func errors(_ change: (inout KafkaConfig) -> Void) -> [String] { config(change).validate().errors }

    private func file(_ text: String, _ name: String = "a.yaml") throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch let error as ConfigurationError {
            return error.problems.map { "\($0)" + ($0.hint.map { " [\($0)]" } ?? "") }.joined(separator: "\n")
                .replacing("\(folder.path)/", with: "")
        } catch {
            return "\(error)"
        }
    }

    private static let whole = """
        kafka: {name: n, group_id: g, client_id: c, bootstrap_servers: ["a:1", "b:2"]}
        schema_registry: {url: "http://localhost:8081"}
        """

    @Test("AK-C1, AK-C2: a failed validation fails every time, with all errors; corrected, it passes")
    func everyTime() throws {
        var config = config {
            $0.name = ""
            $0.partitions = 0
        }
        let message =
            "Configuration validation failed: Configuration name cannot be empty; num_partitions must be at least 1"
        for _ in 0..<3 {
            let said = refusal { try config.ensureValid() }
            #expect(said == message)
        }
        config.name = "n"
        config.partitions = 3
        let warnings = try config.ensureValid()
        let result = config.validate()
        #expect(result.isValid)
        #expect(result.errors.isEmpty)
        #expect(result.warnings == warnings)
    }

    @Test("AK-C3: one table of defaults, whichever way a configuration comes")
    func defaults() throws {
        let made = config()
        let read = try AutoGenKafkaFile(file: try file(Self.whole)).kafka()
        for config in [made, read] {
            #expect(config.partitions == 3)
            #expect(config.replication == 1)
            #expect(!config.isCompacted)
            #expect(config.offsetReset == "latest")
            #expect(config.security == KafkaSecurity())
        }
        #expect(read.bootstrapServers == ["a:1", "b:2"])
        #expect(read.properties == ["bootstrap.servers": "a:1,b:2", "client.id": "c"])
    }

    @Test("AK-C4: every error of the original, in its words")
    func kafkaErrors() {
        let cases: [([String], (inout KafkaConfig) -> Void)] = [
            (["Configuration name cannot be empty"], { $0.name = "" }),
            (["group_id cannot be empty"], { $0.groupID = "" }),
            (["client_id cannot be empty"], { $0.clientID = "" }),
            (["bootstrap_servers cannot be empty"], { $0.bootstrapServers = [] }),
            (["Invalid bootstrap server format: localhost"], { $0.bootstrapServers = ["localhost", "a:1"] }),
            (["Invalid bootstrap server format: a:"], { $0.bootstrapServers = ["a:"] }),
            (["Invalid bootstrap server format: :1"], { $0.bootstrapServers = [":1"] }),
            (["Invalid bootstrap server format: a:x"], { $0.bootstrapServers = ["a:x"] }),
            (["num_partitions must be at least 1"], { $0.partitions = 0 }),
            (["replication_factor must be at least 1"], { $0.replication = -1 }),
            (["auto_offset_reset must be one of: 'earliest', 'latest', 'none'"], { $0.offsetReset = "newest" }),
            (["schema_registry_config is required"], { $0.schemaRegistry = nil }),
            (["Schema Registry: Schema Registry URL cannot be empty"], { $0.schemaRegistry?.url = "" }),
            (
                ["SASL PLAIN authentication requires both username and password"],
                {
                    $0.security.securityProtocol = .saslSSL
                    $0.security.mechanism = .plain
                    $0.security.username = "u"
                }
            ),
        ]
        for (expected, change) in cases {
            let found = errors(change)
            #expect(found == expected)
        }
        let fine = errors {
            $0.bootstrapServers = ["[::1]:9092", "SASL_SSL://broker:9093"]
            $0.security.securityProtocol = .plaintext
            $0.security.mechanism = .plain
        }
        #expect(fine.isEmpty)
    }

    @Test("AK-C5: every warning of the original")
    func kafkaWarnings() {
        let warnings = config {
            $0.partitions = 1
            $0.security.securityProtocol = .plaintext
        }.validate().warnings
        #expect(
            warnings == [
                "Schema Registry: No authentication configured", "replication_factor of 1 provides no fault tolerance",
                "num_partitions of 1 may limit throughput",
                "PLAINTEXT security protocol: consider using SSL/SASL for production",
            ])
        let quiet = config {
            $0.replication = 3
            $0.schemaRegistry?.apiKey = "k"
            $0.schemaRegistry?.apiSecret = "s"
        }.validate().warnings
        #expect(quiet.isEmpty)
    }

    @Test(
        "AK-C6: required keys are all told; servers are a list or a text with commas; both spellings of the mechanism")
    func keys() throws {
        let missing = refusal { _ = try AutoGenKafkaFile(file: try file("kafka: {name: n}\n")).kafka() }
        #expect(
            missing == """
                'schema_registry.url' is required
                a.yaml:1:8: 'kafka.group_id' is required
                a.yaml:1:8: 'kafka.client_id' is required
                a.yaml:1:8: 'kafka.bootstrap_servers' is required
                """)
        for key in ["security_mechanism", "sasl_mechanism"] {
            let text = """
                kafka:
                  {name: n, group_id: g, client_id: c, bootstrap_servers: "a:1, b:2", security_protocol: SASL_SSL,
                   \(key): SCRAM-SHA-512, sasl_plain_username: u, sasl_plain_password: 0012}
                schema_registry: {url: "http://localhost:8081"}
                """
            let config = try AutoGenKafkaFile(file: try file(text)).kafka()
            #expect(config.bootstrapServers == ["a:1", "b:2"])
            #expect(config.security.mechanism == .scramSHA512)
            #expect(config.properties["sasl.password"] == "0012")
            #expect(config.validate().isValid)
        }
        let both = refusal {
            _ = try AutoGenKafkaFile(
                file: try file(Self.whole.replacing("c,", with: "c, sasl_mechanism: PLAIN, security_mechanism: PLAIN,"))
            ).kafka()
        }
        #expect(both.contains("'kafka.sasl_mechanism' and 'kafka.security_mechanism' say the same"))
        let wrong = refusal {
            _ = try AutoGenKafkaFile(
                file: try file(Self.whole.replacing("c,", with: "c, sasl_mechanism: SCRAM-SHA-265,"))
            )
            .kafka()
        }
        #expect(wrong.contains("must be one of PLAIN, GSSAPI, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"))
        #expect(wrong.contains("did you mean 'SCRAM-SHA-256'?"))
    }

    @Test("AK-C7: the registry's rules; authorities alone make TLS")
    func registry() throws {
        func result(_ change: (inout SchemaRegistryConfig) -> Void) -> ValidationResult {
            var config = SchemaRegistryConfig()
            change(&config)
            return config.validate()
        }
        #expect(SchemaRegistryConfig().url == "http://localhost:8081")
        #expect(result { $0.url = "" }.errors == ["Schema Registry URL cannot be empty"])
        #expect(result { $0.apiKey = "k" }.errors == ["API key provided without API secret"])
        #expect(result { $0.apiSecret = "s" }.errors == ["API secret provided without API key"])
        #expect(result { $0.caLocation = "/ca.pem" }.isValid)
        #expect(result { $0.certificateLocation = "/c.pem" }.errors.count == 1)
        #expect(result { $0.keyLocation = "/k.pem" }.errors.count == 1)
        for url in ["http://localhost:8081", "http://127.0.0.1", "http://[::1]:8081", "https://registry"] {
            #expect(result { $0.url = url }.warnings == ["No authentication configured"])
        }
        #expect(result { $0.url = "http://registry:8081" }.warnings.count == 2)
        #expect(result { $0.url = "http://localhost.evil.example" }.warnings.count == 2)
        let text = Self.whole.replacing(
            "{url: \"http://localhost:8081\"}",
            with: "{url: 'https://r', username: u, password: 007, ssl_ca_location: /ca.pem}")
        let read = try AutoGenKafkaFile(file: try file(text)).kafka().schemaRegistry
        #expect(
            read?.properties == [
                "url": "https://r", "basic.auth.user.info": "u:007", "ssl.ca.location": "/ca.pem",
            ])
    }

    @Test("AK-C8: an agent's two topics, neither empty, not the same")
    func agent() throws {
        let usual = try AutoGenKafkaFile(file: try file(Self.whole)).agent()
        #expect(usual.requestTopic == "agent_request")
        #expect(usual.responseTopic == "agent_response")
        #expect(usual.validate().isValid)
        var same = usual
        same.responseTopic = same.requestTopic
        #expect(same.validate().errors == ["request_topic and response_topic must be different"])
        let text = Self.whole + "\nagent: {request_topic: '', response_topic: r}\n"
        let empty = try AutoGenKafkaFile(file: try file(text)).agent()
        #expect(empty.validate().errors == ["request_topic cannot be empty"])
    }

    @Test("AK-C9: a runtime's five topics by both spellings; an unknown key is told, not ignored")
    func runtime() throws {
        let usual = try AutoGenKafkaFile(file: try file(Self.whole)).runtime()
        #expect(usual.requestTopic == "runtime_requests")
        #expect(usual.publishTopic == "agent_publishes")
        #expect(usual.validate().isValid)
        for key in ["runtime_requests", "request_topic"] {
            let text = Self.whole + "\nruntime: {\(key): mine, registry_topic: reg}\n"
            let config = try AutoGenKafkaFile(file: try file(text)).runtime()
            #expect(config.requestTopic == "mine")
            #expect(config.registryTopic == "reg")
        }
        let unknown = refusal {
            _ = try AutoGenKafkaFile(file: try file(Self.whole + "\nruntime: {runtime_request: x}\n")).runtime()
        }
        #expect(
            unknown
                == "a.yaml:3:11: there is no setting 'runtime.runtime_request' [did you mean 'runtime_requests'?]")
        var same = usual
        same.publishTopic = same.registryTopic
        #expect(same.validate().errors == ["All worker topics must be unique"])
        same.publishTopic = ""
        #expect(same.validate().errors == ["publish_topic cannot be empty"])
    }

    @Test("AK-C10: a memory has brokers and defaults of its own")
    func memory() throws {
        let text = """
            memory: {name: m, group_id: g, client_id: c, bootstrap_servers: ["a:1"], memory_topic: notes}
            schema_registry: {url: "http://localhost:8081"}
            """
        let config = try AutoGenKafkaFile(file: try file(text)).memory()
        #expect(config.kafka.partitions == 1)
        #expect(config.kafka.replication == 1)
        #expect(config.kafka.offsetReset == "earliest")
        #expect(!config.kafka.isCompacted)
        #expect(config.memoryTopic == "notes")
        #expect(!config.validate().warnings.contains { $0.contains("throughput") })
        let more = text.replacing("memory_topic: notes", with: "num_partitions: 2, memory_topic: ''")
        let other = try AutoGenKafkaFile(file: try file(more)).memory()
        #expect(other.kafka.partitions == 2)
        #expect(other.validate().errors == ["memory_topic cannot be empty"])
    }

    @Test("AK-C11: a service's configuration is refused when it is made, with all errors")
    func service() throws {
        let said = refusal {
            _ = try StreamingServiceConfig(
                name: "", topic: "", groupID: "", clientID: "", target: String.self, offsetReset: "x")
        }
        #expect(
            said == "Configuration validation failed: name cannot be empty; topic cannot be empty; "
                + "group_id cannot be empty; client_id cannot be empty; "
                + "auto_offset_reset must be one of: 'earliest', 'latest', 'none'")
        let fine = try StreamingServiceConfig(name: "n", topic: "t", groupID: "g", clientID: "c", target: Int.self)
        #expect(fine.offsetReset == "latest")
    }

    @Test("AK-C12: variables win over the file, the file over the program, merged deeply; errors of files are kept")
    func sources() throws {
        let base: JSONValue = [
            "kafka": ["name": "base", "group_id": "base", "client_id": "base", "bootstrap_servers": ["base:1"]],
            "schema_registry": ["url": "http://base:1"],
        ]
        let path = try file("{\"kafka\": {\"group_id\": \"file\", \"client_id\": \"file\"}}", "a.json")
        let config = try AutoGenKafkaFile(
            file: path, base: base, environment: ["AUTOGEN_KAFKA_KAFKA_CLIENT_ID": "env", "OTHER": "x"]
        ).kafka()
        #expect(config.name == "base")
        #expect(config.groupID == "file")
        #expect(config.clientID == "env")
        #expect(config.schemaRegistry?.url == "http://base:1")
        let missing = refusal { _ = try AutoGenKafkaFile(file: "\(folder.path)/none.yaml") }
        #expect(missing == "there is no configuration file 'none.yaml'")
        let broken = refusal { _ = try AutoGenKafkaFile(file: try file("{\"a\": ", "b.conf")) }
        #expect(broken.hasPrefix("b.conf:2:1: this is no YAML"))
        let section = refusal { _ = try AutoGenKafkaFile(file: try file(Self.whole + "\nkafak: {}\n")).kafka() }
        #expect(section == "a.yaml:3:1: there is no section 'kafak' [did you mean 'kafka'?]")
    }

    @Test("AK-C13, W13: variables reach their sections, and texts stay texts")
    func variables() throws {
        let environment = [
            "AUTOGEN_KAFKA_SCHEMA_REGISTRY_URL": "https://r", "AUTOGEN_KAFKA_SCHEMA_REGISTRY_API_KEY": "1e5",
            "AUTOGEN_KAFKA_SCHEMA_REGISTRY_API_SECRET": "0012", "AUTOGEN_KAFKA_KAFKA_NAME": "n",
            "AUTOGEN_KAFKA_KAFKA_GROUP_ID": "007", "AUTOGEN_KAFKA_KAFKA_CLIENT_ID": "true",
            "AUTOGEN_KAFKA_KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2", "AUTOGEN_KAFKA_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "AUTOGEN_KAFKA_KAFKA_SASL_MECHANISM": "PLAIN", "AUTOGEN_KAFKA_KAFKA_SASL_PLAIN_USERNAME": "u",
            "AUTOGEN_KAFKA_KAFKA_SASL_PLAIN_PASSWORD": "0012", "AUTOGEN_KAFKA_NUM_PARTITIONS": "6",
            "AUTOGEN_KAFKA_AGENT_REQUEST_TOPIC": "asks", "AUTOGEN_KAFKA_RUNTIME_REGISTRY_TOPIC": "types",
        ]
        let file = try AutoGenKafkaFile(environment: environment)
        let config = try file.kafka()
        #expect(config.clientID == "true")
        #expect(config.groupID == "007")
        #expect(config.bootstrapServers == ["a:1", "b:2"])
        #expect(config.security.password?.reveal() == "0012")
        #expect(config.schemaRegistry?.properties["basic.auth.user.info"] == "1e5:0012")
        #expect(config.partitions == 6)
        #expect(try file.agent().requestTopic == "asks")
        #expect(try file.runtime().registryTopic == "types")
        let unknown = refusal {
            let more = environment.merging(["AUTOGEN_KAFKA_NUM_PARTITIONZ": "6"]) { $1 }
            _ = try AutoGenKafkaFile(environment: more).kafka()
        }
        #expect(
            unknown
                == "$AUTOGEN_KAFKA_NUM_PARTITIONZ: there is no setting 'num_partitionz' [did you mean 'num_partitions'?]"
        )
    }

    @Test("AK-29: all protocols and mechanisms, authorities, certificates and Kerberos, as librdkafka's properties")
    func security() throws {
        for each in SecurityProtocol.allCases {
            for mechanism in SASLMechanism.allCases {
                let config = config {
                    $0.security.securityProtocol = each
                    $0.security.mechanism = mechanism
                    $0.security.username = "u"
                    $0.security.password = "p"
                    $0.security.caLocation = "/ca.pem"
                }
                #expect(config.validate().isValid)
                #expect(config.properties["security.protocol"] == each.rawValue)
                #expect(config.properties["sasl.mechanism"] == mechanism.rawValue)
                #expect(config.properties["ssl.ca.location"] == "/ca.pem")
            }
        }
        let kerberos = errors {
            $0.security.securityProtocol = .saslPlaintext
            $0.security.mechanism = .gssapi
        }
        #expect(kerberos.isEmpty)
        let none = errors { $0.security.securityProtocol = .saslSSL }
        #expect(none == ["SASL requires security_mechanism"])
        let text = Self.whole.replacing(
            "c,",
            with: "c, security_protocol: SSL, ssl_ca_location: /ca, ssl_cert_location: /c, ssl_key_location: /k, "
                + "ssl_key_password: 01, sasl_kerberos_service_name: kafka,")
        let read = try AutoGenKafkaFile(file: try file(text)).kafka()
        #expect(read.validate().isValid)
        #expect(read.properties["ssl.certificate.location"] == "/c")
        #expect(read.properties["ssl.key.password"] == "01")
        #expect(read.properties["sasl.kerberos.service.name"] == "kafka")
    }

    @Test("no description, dump or error of a configuration shows a secret")
    func secrets() throws {
        let secret = "s3cr3t-geheim"
        var config = config {
            $0.name = ""
            $0.security.password = SecretText(secret)
            $0.security.keyPassword = SecretText(secret)
            $0.schemaRegistry?.apiSecret = SecretText(secret)
        }
        var dumped = ""
        dump(config, to: &dumped)
        let errors = refusal { try config.ensureValid() }
        config.bootstrapServers = []
        for text in ["\(config)", String(reflecting: config), dumped, errors, "\(config.validate())"] {
            #expect(!text.contains(secret))
        }
        #expect(config.properties["sasl.password"] == secret)
    }
}
