import EventLog
import Foundation

/// Python programs that tests compare with or talk to, installed by `make peers`.
enum PeerPrograms {
    /// The package's folder: this program lies somewhere below it.
    private static let package: URL? = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let manifest = folder.appendingPathComponent("Package.swift")
            if FileManager.default.fileExists(atPath: manifest.path) { return folder }
        }
        return nil
    }()

    private static var python: URL? { package?.appendingPathComponent(".build/peers/bin/python") }

    /// Whether Python has `module`.
    static func has(_ module: String) -> Bool {
        guard let python, FileManager.default.isExecutableFile(atPath: python.path) else { return false }
        let process = Process()
        process.executableURL = python
        process.arguments = ["-c", "import \(module)"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Starts the program `name`; its output goes to files in `folder`.
    static func start(_ name: String, _ arguments: [String], in folder: String) throws -> RunningProgram {
        guard let package, let python else { throw CocoaError(.fileNoSuchFile) }
        let script = package.appendingPathComponent("Tests/AgentOperatorsTests/Peers/\(name)").path
        return try RunningProgram(python, [script] + arguments, [:], folder)
    }
}

/// Mock brokers in a process of their own, with the topics that a test needs.
final class MockBrokersProcess {
    private let process = Process()
    private let input = Pipe()
    /// Where they listen.
    let servers: String

    init(topics: [String]) throws {
        process.executableURL = BuiltProgram("MockKafka").url
        process.arguments = topics
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var told = ""
        while !told.contains("bootstrap "), process.isRunning {
            told += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        let line = told.split(separator: "\n").first { $0.hasPrefix("bootstrap ") } ?? ""
        servers = String(line.dropFirst("bootstrap ".count))
    }

    deinit { stop() }

    func stop() {
        guard process.isRunning else { return }
        // Without waiting for its end: that is told by a pipe which other children may have inherited.
        kill(process.processIdentifier, SIGKILL)
    }

    func log() throws -> KafkaEventLog {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        configuration.properties["fetch.wait.max.ms"] = "20"
        configuration.log = { _ in }
        return try KafkaEventLog(configuration)
    }
}
