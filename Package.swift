// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with: Swift 6 mode, strict imports, and no warnings.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The Python programs in a test target's folder `Peers` are found from the package's folder: see `PythonPeer`.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

/// What the packs of protocols and patterns above the agents are made of.
let protocolPacks: [Target.Dependency] = [
    "StreamCore", "JSON", "Schemas", "HTTPServer", "EventLog", "StateStores", "Observability", "Console", "Topology",
    "Operations", "StreamDSL", "AgentOperators",
]

/// What their tests use beside the pack itself.
let packTests: [Target.Dependency] = protocolPacks + ["StreamTesting", "TestPrograms", "TestWorlds"]

let package = Package(
    name: "Tributary",
    products: [
        .library(name: "StreamDSL", targets: ["StreamDSL"]),
        .library(name: "AgentOperators", targets: ["AgentOperators"]),
        .library(name: "ChatModels", targets: ["ChatModels"]),
        .library(name: "Schemas", targets: ["Schemas"]),
        .library(name: "RegistryService", targets: ["RegistryService"]),
        .library(name: "AutoGenKafka", targets: ["AutoGenKafka"]),
        .library(name: "A2A", targets: ["A2A"]),
        .library(name: "TaskMarket", targets: ["TaskMarket"]),
        .library(name: "Workflows", targets: ["Workflows"]),
        .library(name: "StreamTesting", targets: ["StreamTesting"]),
        .executable(name: "tributary", targets: ["tributary"]),
    ],
    targets: [
        .systemLibrary(name: "CRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CAvro", pkgConfig: "avro-c", providers: [.apt(["libavro-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CShims", dependencies: ["CRocksDB"]),
        .target(name: "CAllocationCounter"),
        .target(name: "CHNSW"),

        library("StreamCore"),
        library("EventLog", ["StreamCore", "CSQLite", "CRdKafka", "CShims"]),
        library("StateStores", ["StreamCore", "CRocksDB", "CShims"]),
        library("Observability", ["StreamCore", "JSON", "HTTPServer"]),
        library("JSON", ["StreamCore"]),
        library("Console", ["StreamCore", "JSON"]),
        library("HTTPServer", ["StreamCore", "CMicroHTTPD"]),
        library("Schemas", ["StreamCore", "JSON", "CAvro"]),
        library("Configuration", ["StreamCore", "JSON", "Console", "CYAML"]),
        library("ChatModels", ["StreamCore", "JSON", "Schemas"]),
        library("ModelContextProtocol", ["StreamCore", "JSON", "HTTPServer"]),
        library("RegistryService", ["StreamCore", "JSON", "Schemas", "HTTPServer", "EventLog"]),
        library("MemoryIndex", ["CSQLite", "CHNSW"]),
        library("Topology", ["StreamCore", "EventLog", "StateStores", "Observability"]),
        library(
            "Operations",
            [
                "StreamCore", "JSON", "HTTPServer", "Schemas", "RegistryService", "EventLog", "StateStores",
                "Observability", "Topology", "Console", "Configuration",
            ]),
        library(
            "StreamDSL",
            [
                "StreamCore", "JSON", "HTTPServer", "EventLog", "StateStores", "Observability", "Console",
                "Configuration", "Topology",
                "Operations",
            ]),
        library(
            "AgentOperators",
            [
                "StreamCore", "JSON", "HTTPServer", "ModelContextProtocol", "ChatModels", "MemoryIndex", "EventLog",
                "StateStores", "Observability", "Console", "Configuration", "Topology", "Operations", "StreamDSL",
            ]),
        library("AutoGenKafka", protocolPacks),
        library("A2A", protocolPacks),
        library("TaskMarket", protocolPacks),
        library("Workflows", protocolPacks),
        library(
            "StreamTesting",
            [
                "StreamCore", "JSON", "HTTPServer", "ChatModels", "EventLog", "StateStores", "Observability",
                "Topology", "StreamDSL",
            ]),
        .executableTarget(
            name: "tributary",
            dependencies: [
                "StreamCore", "EventLog", "StateStores", "Topology", "Operations", "Console", "StreamDSL",
                "AgentOperators",
            ],
            swiftSettings: house),
        .executableTarget(
            name: "SentimentPipeline", dependencies: ["StreamCore", "StreamDSL", "ChatModels", "AgentOperators"],
            path: "Examples/SentimentPipeline",
            exclude: ["README.md"], resources: [.copy("Reviews")], swiftSettings: house),
        .executableTarget(
            name: "SupportChat",
            dependencies: ["StreamCore", "JSON", "StreamDSL", "ChatModels", "AgentOperators"],
            path: "Examples/SupportChat", exclude: ["README.md"], swiftSettings: house),
        .executableTarget(
            name: "InsuranceIntake",
            dependencies: ["StreamCore", "JSON", "Console", "StreamDSL", "AgentOperators", "Workflows"],
            path: "Examples/InsuranceIntake", exclude: ["README.md"], swiftSettings: house),
        .executableTarget(
            name: "RemoteSentiment", dependencies: ["StreamCore", "StreamDSL", "AgentOperators"],
            path: "Examples/RemoteSentiment", exclude: ["README.md"], swiftSettings: house),
        .executableTarget(
            name: "A2AEcho",
            dependencies: [
                "StreamCore", "JSON", "EventLog", "Console", "Operations", "StreamDSL", "AgentOperators", "A2A",
            ],
            path: "Examples/A2AEcho", exclude: ["README.md"], swiftSettings: house),
        .executableTarget(
            name: "SentimentService", dependencies: ["StreamCore", "StreamDSL", "AgentOperators"],
            path: "Examples/SentimentService", swiftSettings: house),
        .executableTarget(
            name: "DataMarket",
            dependencies: [
                "StreamCore", "EventLog", "Console", "Operations", "StreamDSL", "AgentOperators", "TaskMarket",
            ],
            path: "Examples/DataMarket", exclude: ["README.md"], swiftSettings: house),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "StreamCore", "EventLog", "StateStores", "Observability", "Topology", "StreamDSL", "AgentOperators",
                "MemoryIndex", "ChatModels", "StreamTesting", "CAllocationCounter", "CRdKafka", "MockBrokers",
            ],
            path: "Benchmarks", swiftSettings: house),

        .target(
            name: "LogWrappers", dependencies: ["EventLog", "StreamCore"], path: "Tests/Support/LogWrappers",
            swiftSettings: house),
        .target(name: "TestPrograms", path: "Tests/Support/TestPrograms", swiftSettings: house),
        .target(
            name: "TestWorlds", dependencies: ["StreamCore", "EventLog", "Observability", "Topology", "TestPrograms"],
            path: "Tests/Support/TestWorlds", swiftSettings: house),
        .target(
            name: "MockBrokers", dependencies: ["CRdKafka"], path: "Tests/Support/MockBrokers", swiftSettings: house),
        .executableTarget(
            name: "MockKafka", dependencies: ["MockBrokers"], path: "Tests/Programs/MockKafka", swiftSettings: house),
        .executableTarget(
            name: "ChaosPipeline", dependencies: ["StreamCore", "StreamDSL", "AgentOperators"],
            path: "Tests/Programs/ChaosPipeline", swiftSettings: house),
        .executableTarget(
            name: "AutoGenAgents",
            dependencies: ["StreamCore", "Schemas", "StreamDSL", "AgentOperators", "AutoGenKafka"],
            path: "Tests/Programs/AutoGenAgents", swiftSettings: house),
        .executableTarget(
            name: "ChargePipeline", dependencies: ["StreamCore", "StreamDSL", "AgentOperators"],
            path: "Tests/Programs/ChargePipeline", swiftSettings: house),

        tests("StreamCoreTests", ["StreamCore"]),
        tests("EventLogTests", ["EventLog", "StreamCore", "CRdKafka"]),
        tests("StateStoresTests", ["StateStores", "StreamCore"]),
        tests("ConsoleTests", ["Console", "StreamCore"]),
        tests("MemoryIndexTests", ["MemoryIndex"]),
        tests("JSONTests", ["JSON", "StreamCore"]),
        tests("HTTPServerTests", ["HTTPServer", "StreamCore"]),
        tests("ChatModelsTests", ["ChatModels", "HTTPServer", "StreamTesting", "JSON", "StreamCore"]),
        tests(
            "ConfigurationTests",
            [
                "Configuration", "Console", "JSON", "Operations", "StreamDSL", "AgentOperators", "ChatModels",
                "Topology", "StreamCore", "TestPrograms", "tributary",
            ], exclude: ["Peers"]),
        tests("SchemasTests", ["Schemas", "JSON", "StreamCore", "TestPrograms"], exclude: ["Peers"]),
        tests(
            "RegistryServiceTests",
            [
                "RegistryService", "Schemas", "HTTPServer", "EventLog", "JSON", "StreamCore", "TestPrograms",
                "tributary",
            ],
            exclude: ["Peers"]),
        tests("WorkflowsTests", packTests + ["Workflows", "InsuranceIntake"], exclude: ["Peers"]),
        tests(
            "ObservabilityTests", ["Observability", "JSON", "StreamCore", "TestPrograms"], exclude: ["Peers"]),
        tests(
            "ModelContextProtocolTests",
            ["ModelContextProtocol", "HTTPServer", "JSON", "StreamCore", "TestPrograms"], exclude: ["Peers"]),
        tests(
            "TopologyTests",
            [
                "LogWrappers", "Observability", "Topology", "StreamDSL", "StreamTesting", "StateStores", "EventLog",
                "StreamCore",
            ]),
        tests("StreamDSLTests", ["Observability", "StreamDSL", "StreamTesting", "Topology", "StreamCore"]),
        tests(
            "AgentOperatorsTests",
            [
                "TestPrograms", "TestWorlds", "Observability", "MemoryIndex", "Console", "AgentOperators", "ChatModels",
                "JSON",
                "HTTPServer", "ModelContextProtocol", "StreamDSL",
                "StreamTesting", "Topology", "Operations", "StateStores", "EventLog", "StreamCore",
            ], exclude: ["Peers"]),
        tests(
            "SentimentPipelineTests",
            ["SentimentPipeline", "ChatModels", "JSON", "StreamDSL", "StreamTesting", "StreamCore"]),
        tests(
            "SupportChatTests",
            [
                "SupportChat", "AgentOperators", "ChatModels", "JSON", "Operations", "Observability", "StreamDSL",
                "StreamTesting", "StreamCore",
            ]),
        tests(
            "IntegrationTests",
            [
                "SentimentPipeline", "SupportChat", "RemoteSentiment", "SentimentService", "ChaosPipeline",
                "ChargePipeline", "MockKafka", "tributary", "LogWrappers", "TestPrograms", "TestWorlds",
                "ModelContextProtocol",
                "JSON",
                "StreamCore",
                "Observability", "EventLog", "StateStores", "Topology", "StreamDSL", "AgentOperators", "AutoGenKafka",
                "Schemas", "AutoGenAgents",
            ]),
        tests(
            "SimulationTests",
            [
                "LogWrappers", "StreamCore", "Observability", "EventLog", "StateStores", "Topology", "Operations",
                "StreamDSL",
                "AgentOperators", "StreamTesting",
            ]),
        tests("AutoGenKafkaTests", packTests + ["AutoGenKafka"], exclude: ["Peers"]),
        .target(
            name: "MarketSimulation", dependencies: packTests + ["TaskMarket"], path: "Tests/Support/MarketSimulation",
            swiftSettings: house),
        tests(
            "OperationsTests",
            [
                "StreamCore", "JSON", "EventLog", "StateStores", "HTTPServer", "MemoryIndex", "Observability",
                "Console",
                "Topology", "Operations", "StreamDSL", "AgentOperators", "LogWrappers", "TestPrograms",
            ]),
        tests("A2ATests", packTests + ["A2A", "A2AEcho", "MockKafka"], exclude: ["Peers"]),
        tests(
            "TaskMarketTests", packTests + ["TaskMarket", "MarketSimulation", "DataMarket"],
            exclude: ["Peers"]),
        tests("HouseRulesTests", []),
    ],
    swiftLanguageModes: [.v6]
)
