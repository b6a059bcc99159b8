import StreamCore

extension BlockingExecutor {
    /// Where the handlers of all servers run.
    static let handlers = BlockingExecutor(label: "tributary.http")
}
