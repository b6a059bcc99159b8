import StreamCore

extension BlockingExecutor {
    /// Where agents run.
    static let agents = BlockingExecutor(label: "tributary.agents")
}
