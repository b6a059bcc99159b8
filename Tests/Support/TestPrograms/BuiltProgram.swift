package import Foundation

/// A program of this package, built beside the tests.
package struct BuiltProgram {
    /// Where it is.
    package let url: URL

    /// The program `name`, from the folder in `TRIBUTARY_PROGRAMS` if that is set.
    package init(_ name: String) {
        if let folder = ProcessInfo.processInfo.environment["TRIBUTARY_PROGRAMS"] {
            url = URL(fileURLWithPath: folder).appendingPathComponent(name)
            return
        }
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        url = tests.deletingLastPathComponent().appendingPathComponent(name)
    }

    /// Whether it has been built.
    package var exists: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    /// Starts it; its output goes to files in `folder`.
    package func start(_ arguments: [String], environment: [String: String] = [:], in folder: String) throws
        -> RunningProgram
    {
        try RunningProgram(url, arguments, environment, folder)
    }
}
