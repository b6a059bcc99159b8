package import Foundation

/// Python programs that tests compare with or talk to; what they import is installed by `make peers`.
package struct PythonPeer: Sendable {
    /// Why a peer did not do its part.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The package's folder: this program lies somewhere below it.
    package static let package: URL? = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let manifest = folder.appendingPathComponent("Package.swift")
            if FileManager.default.fileExists(atPath: manifest.path) { return folder }
        }
        return nil
    }()

    private let script: String

    /// The script at `path` below the package's folder, for example `Tests/SchemasTests/Peers/avro.py`.
    package init(_ path: String) { script = path }

    /// Whether Python has all of `modules`: what a test that needs them is enabled by.
    package static func has(_ modules: String...) -> Bool {
        guard let python, FileManager.default.isExecutableFile(atPath: python.path) else { return false }
        let process = Process()
        process.executableURL = python
        process.arguments = ["-c", "import " + modules.joined(separator: ", ")]
        process.standardError = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do { try process.run() } catch { return false }
        return ended.wait(timeout: .now() + 120) == .success && process.terminationStatus == 0
    }

    /// Starts the script; its output goes to files in `folder`.
    package func start(
        _ arguments: [String] = [], environment: [String: String] = [:], in folder: String, input: String? = nil
    ) throws -> RunningProgram {
        guard let package = Self.package, let python = Self.python else {
            throw Failure(description: "there is no Package.swift above \(CommandLine.arguments[0])")
        }
        let path = package.appendingPathComponent(script).path
        return try RunningProgram(python, [path] + arguments, environment, folder, input: input)
    }

    /// Runs the script as ``run(_:environment:input:in:within:)`` does, in a thread of its own.
    package func answer(
        _ arguments: [String] = [], environment: [String: String] = [:], input: String = "", in folder: String,
        within limit: Duration = .seconds(300)
    ) async throws -> String {
        try await withCheckedThrowingContinuation { waiting in
            Thread.detachNewThread {
                waiting.resume(
                    with: Result {
                        try run(arguments, environment: environment, input: input, in: folder, within: limit)
                    })
            }
        }
    }

    /// Runs the script with `input` and returns what it writes; blocks, so call it in a thread of its own.
    ///
    /// - Throws: ``Failure`` with what it wrote to standard error when it fails or takes more than `limit`.
    package func run(
        _ arguments: [String] = [], environment: [String: String] = [:], input: String = "", in folder: String,
        within limit: Duration = .seconds(300)
    ) throws -> String {
        let file = "\(folder)/\(UUID().uuidString).in"
        try Data(input.utf8).write(to: URL(fileURLWithPath: file))
        let program = try start(arguments, environment: environment, in: folder, input: file)
        let end = ContinuousClock.now + limit
        while program.process.isRunning {
            guard ContinuousClock.now < end else {
                throw Failure(description: "\(script) does not end within \(limit): \(program.errorText)")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        guard program.wait() == 0 else {
            throw Failure(description: "\(script) ends with \(program.wait()): \(program.errorText)")
        }
        return program.outputText
    }

    private static var python: URL? { package?.appendingPathComponent(".build/peers/bin/python") }
}
