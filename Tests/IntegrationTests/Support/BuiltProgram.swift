import Foundation

/// A program of this package, built beside the tests.
struct BuiltProgram {
    let url: URL

    /// The program `name`, from the folder in `TRIBUTARY_PROGRAMS` if that is set.
    init(_ name: String) {
        if let folder = ProcessInfo.processInfo.environment["TRIBUTARY_PROGRAMS"] {
            url = URL(fileURLWithPath: folder).appendingPathComponent(name)
            return
        }
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        url = tests.deletingLastPathComponent().appendingPathComponent(name)
    }

    var exists: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    /// Starts it; its output goes to files in `folder`.
    func start(_ arguments: [String], environment: [String: String] = [:], in folder: String) throws -> RunningProgram {
        try RunningProgram(url, arguments, environment, folder)
    }
}

/// A child process that is certain to end with its owner.
final class RunningProgram {
    let process = Process()
    let errors: String
    let output: String

    init(_ url: URL, _ arguments: [String], _ environment: [String: String], _ folder: String) throws {
        let name = UUID().uuidString
        errors = "\(folder)/\(name).err"
        output = "\(folder)/\(name).out"
        for path in [errors, output] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = url
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { kill() }

    /// Ends it as a power cut would.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Waits for its end; returns its exit code.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    var errorText: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
    var outputText: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// Waits until its errors or output contain `text`; returns whether they do within `limit`.
    func says(_ text: String, within limit: TimeInterval) -> Bool {
        let end = Date(timeIntervalSinceNow: limit)
        while Date() < end {
            if errorText.contains(text) || outputText.contains(text) { return true }
            guard process.isRunning else { return errorText.contains(text) || outputText.contains(text) }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }
}
