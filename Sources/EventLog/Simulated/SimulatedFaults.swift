/// How often what goes wrong in a simulated cluster; shares are in 1,000.
package struct SimulatedFaults: Sendable {
    /// Calls that fail before they do anything.
    package var refused = 15
    /// Calls that do what they should and whose answer is lost.
    package var unanswered = 15
    /// Calls during which others run, for a few milliseconds.
    package var slow = 150
    /// Calls that hang for seconds, before or after they take effect.
    package var hanging = 4
    /// Of the ends of transactions, those whose outcome the client does not learn.
    package var unknown = 70
    /// Of the steps inside a transaction, those that hang: here zombies are made.
    package var hangingInTransaction = 12
    /// Commit markers that take seconds to reach their partition.
    package var slowMarkers = 250
    /// Generations in which a task moves that could have stayed.
    package var restless = 300

    /// The usual number of faults.
    package init() {}

    /// None at all.
    package static var none: SimulatedFaults {
        var none = SimulatedFaults()
        none.refused = 0
        none.unanswered = 0
        none.slow = 0
        none.hanging = 0
        none.unknown = 0
        none.hangingInTransaction = 0
        none.slowMarkers = 0
        none.restless = 0
        return none
    }
}
