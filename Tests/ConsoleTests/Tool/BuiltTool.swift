import Foundation
import StreamCore
import Testing

@testable import Console

/// What a run of a program left.
struct ToolResult {
    let status: Int32
    let output: String
    let errors: String

    /// Standard output as lines of JSON.
    var lines: [JSONValue] {
        get throws { try output.split(separator: "\n").map { try JSONValue(parsing: String($0)) } }
    }
}

/// The real `tributary`, run in a folder of the test's own; removed at the end.
final class BuiltTool {
    /// Where the programs of this build are: beside the tests.
    private static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent()

    static func path(_ program: String) -> String { folder.appendingPathComponent(program).path }

    static func isBuilt(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: path(program)) }

    static let isAvailable = isBuilt("tributary")

    let place = NSTemporaryDirectory() + "tributary-tool-" + UUID().uuidString
    var data: String { place + "/data" }
    private var count = 0

    init() throws {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: place) }

    /// Runs `tributary` with these arguments on the folder's log.
    func run(_ arguments: String..., input: String = "") throws -> ToolResult {
        try run("tributary", arguments, input: Array(input.utf8))
    }

    func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> ToolResult {
        let running = try start(program, arguments, input: input)
        return running.end()
    }

    /// Starts a program that goes on for a while.
    func start(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> RunningTool {
        count += 1
        let (inputPath, outputPath, errorPath) = ("\(place)/in\(count)", "\(place)/out\(count)", "\(place)/err\(count)")
        try Data(input).write(to: URL(fileURLWithPath: inputPath))
        for path in [outputPath, errorPath] { try Data().write(to: URL(fileURLWithPath: path)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path(program))
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.contains("BOOTSTRAP_SERVERS") }
        environment["TRIBUTARY_DATA_DIR"] = data
        process.environment = environment
        process.standardInput = FileHandle(forReadingAtPath: inputPath)
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        try process.run()
        return RunningTool(process: process, output: outputPath, errors: errorPath)
    }

    /// Writes a file into the folder; returns its path.
    func file(_ name: String, _ content: [UInt8]) throws -> String {
        try Data(content).write(to: URL(fileURLWithPath: "\(place)/\(name)"))
        return "\(place)/\(name)"
    }

    /// Runs a line of shell, with `$TOOL` and the folder's log; returns what it prints and its status.
    func shell(_ line: String) throws -> ToolResult {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", line]
        var environment = ProcessInfo.processInfo.environment
        environment["TRIBUTARY_DATA_DIR"] = data
        environment["TOOL"] = Self.path("tributary")
        environment["PLACE"] = place
        process.environment = environment
        let (output, errors) = ("\(place)/shell-out", "\(place)/shell-err")
        for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        return RunningTool(process: process, output: output, errors: errors).end()
    }
}

/// A program that runs.
struct RunningTool {
    let process: Process
    fileprivate let output: String
    fileprivate let errors: String

    init(process: Process, output: String, errors: String) {
        self.process = process
        self.output = output
        self.errors = errors
    }

    var outputSoFar: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// Waits until it has printed `text`; false when that takes longer than ten seconds.
    func prints(_ text: String) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if outputSoFar.contains(text) { return true }
            Thread.sleep(forTimeInterval: 0.005)
        }
        return false
    }

    /// Waits for its end.
    func end() -> ToolResult {
        process.waitUntilExit()
        let isSignal = process.terminationReason == .uncaughtSignal
        let status = process.terminationStatus + (isSignal ? 128 : 0)
        let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        return ToolResult(status: status, output: outputSoFar, errors: text)
    }
}
