/// What must be done about an error; its class, as opposed to its cause.
public enum Reaction: String, Sendable, Hashable, Codable {
    /// Drop the record, count it, go on.
    case skip
    /// Send the record to the dead-letter topic with the reason, go on.
    case deadLetter
    /// Try again after a pause.
    case retry
    /// Give up the task's memory and start it again from what is committed.
    case restoreTask
    /// Stop this instance: nothing here can mend it.
    case stopInstance
}
