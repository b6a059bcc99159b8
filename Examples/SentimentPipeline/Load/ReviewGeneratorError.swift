/// Why no reviews could be made or written.
struct ReviewGeneratorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; more may come.
    enum Code: String, Sendable, Hashable {
        /// A number that makes no sense.
        case invalidNumber
        /// The file cannot be written.
        case unwritable
    }

    /// The kind of failure.
    let code: Code
    /// What is wrong, and what to do.
    let message: String

    /// An error.
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }
}
