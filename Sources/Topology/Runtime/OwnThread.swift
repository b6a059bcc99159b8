import Foundation

/// Threads for work that blocks: Swift's own are as few as the cores, and agents need them.
public enum OwnThread {
    /// Runs `body` on a thread made for it, and returns what it returns.
    ///
    /// - Parameters:
    ///   - name: the thread's name, for debuggers.
    ///   - body: the work; it may block as long as it likes.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    public static func run<Result: Sendable>(
        named name: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
            thread.name = name
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}
