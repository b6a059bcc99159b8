import StreamDSL

/// An order as the shop knows it.
struct Order: Codable, Sendable, Hashable {
    let number: String
    let item: String
    let paid: Double
    let status: String
}

/// The shop's orders: a table in place of a database.
enum Orders {
    /// No order has this number; asking again would not help.
    struct Unknown: AskRetryable, CustomStringConvertible {
        let number: String
        var isRetryable: Bool { false }
        var description: String { "there is no order \(number)" }
    }

    private static let all = [
        Order(number: "A-1001", item: "kettle", paid: 49.9, status: "delivered on 3 March"),
        Order(number: "A-1002", item: "desk lamp", paid: 32, status: "on its way, expected on Friday"),
        Order(number: "A-1003", item: "headphones", paid: 119, status: "delivered on 28 February"),
        Order(number: "A-1004", item: "toaster", paid: 27.5, status: "waiting for payment"),
    ]

    static func find(_ number: String) throws -> Order {
        guard let order = all.first(where: { $0.number == number }) else { throw Unknown(number: number) }
        return order
    }
}
