import Foundation

extension CommandTree {
    /// Runs the program's own command line and ends the process with its exit code: the whole of a `main`.
    public func main() async -> Never {
        SystemCalls.holdStandardDescriptors()
        Signals.ignoreBrokenPipes()
        let code = await run(
            Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
        exit(code.rawValue)
    }
}
