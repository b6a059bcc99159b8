/// Why a message changed nothing: data on the stream, counted by its code.
public struct MarketRefusal: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The kinds of refusal.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// No request of that name has come, and the message was kept as long as the rules say.
        case unknownTask
        /// The record's key is not the task's name, so it may lie in a partition that knows nothing of the task.
        case wrongKey
        /// The task's or somebody's name is empty or longer than 512 bytes.
        case invalidName
        /// A text is longer than 64 KiB.
        case tooLarge
        /// A price that is no finite number, or below zero.
        case invalidPrice
        /// Another request came under the name of this one.
        case conflictingRequest
        /// The sender is neither the requester nor speaks to it.
        case notAParty
        /// There is no offer that this could be an answer to.
        case noSuchOffer
        /// It agrees to another price than the one at hand.
        case priceMismatch
        /// The provider has given up, or was given up, before.
        case bidClosed
        /// More providers than the rules allow.
        case tooManyBids
        /// The task was awarded to another.
        case alreadyAwarded
        /// The task was awarded to nobody yet.
        case notAwarded
        /// The task waits before it is open again.
        case notOpen
        /// Another executor has it.
        case claimedByOther
        /// Nobody has claimed it, or the claim is over.
        case notClaimed
        /// The work was done under a claim that is over.
        case staleEpoch
        /// Only the requester may do this.
        case notTheRequester
        /// The task is over.
        case taskIsOver
        /// Nobody may say this.
        case notAllowed
        /// A replayed event does not follow from what was before it.
        case brokenHistory
    }

    /// The kind.
    public let code: Code
    /// The task.
    public let task: String
    /// What was refused and why, in words.
    public let message: String

    /// A refusal.
    public init(_ code: Code, _ task: String, _ message: String) {
        self.code = code
        self.task = task
        self.message = message
    }

    /// Code, task and message.
    public var description: String { "\(code.rawValue), task '\(task)': \(message)" }
}
