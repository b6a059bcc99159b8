package import Foundation

/// A child process that is certain to end with its owner.
package final class RunningProgram {
    /// The process.
    package let process = Process()
    /// The file of its standard error.
    package let errors: String
    /// The file of its standard output.
    package let output: String

    /// Starts the program at `url`; its output goes to files in `folder`.
    ///
    /// By files, since a pipe's end may be inherited by a child of another test, and never close.
    package init(
        _ url: URL, _ arguments: [String], _ environment: [String: String], _ folder: String, input: String? = nil
    ) throws {
        let name = UUID().uuidString
        errors = "\(folder)/\(name).err"
        output = "\(folder)/\(name).out"
        for path in [errors, output] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = url
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? .nullDevice
        try process.run()
    }

    deinit { kill() }

    /// Ends it as a power cut would.
    package func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Waits for its end; returns its exit code.
    package func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What it has written to standard error.
    package var errorText: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
    /// What it has written to standard output.
    package var outputText: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// Waits until its errors or output contain `text`; returns whether they do within `limit`.
    package func says(_ text: String, within limit: TimeInterval) -> Bool {
        let end = Date(timeIntervalSinceNow: limit)
        while Date() < end {
            if errorText.contains(text) || outputText.contains(text) { return true }
            guard process.isRunning else { return errorText.contains(text) || outputText.contains(text) }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }
}
