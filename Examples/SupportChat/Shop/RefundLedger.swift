import Foundation
import Synchronization

/// A file with a line for each refund, in place of a payment provider; it knows repetitions by their key.
final class RefundLedger: Sendable {
    struct Refund: Codable, Sendable, Hashable {
        let order: String
        let amount: Double
        let key: String
    }

    let path: String
    private let lock = Mutex(())

    init(path: String) { self.path = path }

    /// Pays, unless that was done under this key before; returns what was paid.
    func pay(_ amount: Double, for order: String, key: String) throws -> Refund {
        try lock.withLock { _ in
            if let known = try refunds().first(where: { $0.key == key }) { return known }
            let refund = Refund(order: order, amount: amount, key: key)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var line = try encoder.encode(refund)
            line.append(UInt8(ascii: "\n"))
            if !FileManager.default.fileExists(atPath: path) {
                try Data().write(to: URL(fileURLWithPath: path))
            }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: line)
            try file.synchronize()
            return refund
        }
    }

    /// All refunds so far; a line that a crash cut short is none.
    func refunds() throws -> [Refund] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Refund.self, from: $0)
        }
    }
}
