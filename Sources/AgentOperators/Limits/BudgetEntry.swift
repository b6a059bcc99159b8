public import StreamCore

/// What one instance has counted of an account's budget in one window: small, kept under ``key``, merged in any order.
public struct BudgetEntry: Sendable, Hashable, Codable {
    /// Who spends.
    public let account: String
    /// The budget's name.
    public let budget: String
    /// Its window.
    public let window: Budget.Window
    /// Who has counted.
    public let writer: String
    /// When the window began.
    public let start: Timestamp
    /// What was spent; never less than before within one window.
    public internal(set) var spent: Spending

    /// The key under which it is kept: a later entry of this key replaces it.
    public var key: String {
        [account, budget, window.rawValue, writer].map { part in
            part.replacing("\\", with: "\\\\").replacing("|", with: "\\p")
        }.joined(separator: "|")
    }

    /// When it may be forgotten; nil means never.
    public var end: Timestamp? { window.length.map { start + $0 } }
}
