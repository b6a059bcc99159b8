/// A number of bytes.
public struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    /// How many.
    public let bytes: Int

    /// `bytes` bytes.
    public init(_ bytes: Int) { self.bytes = bytes }

    /// The count that `text` says: `512`, `64KiB`, `10MB`, `1.5GiB`; nil for other text.
    ///
    /// `KiB`, `MiB`, `GiB`, `TiB` and the single letters are powers of 1024, `kB`, `MB`, `GB`, `TB` powers of 1000.
    public init?(written text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).lowercased()
        let factors: [String: Double] = [
            "": 1, "b": 1, "kib": 1024, "k": 1024, "kb": 1e3, "mib": 1_048_576, "m": 1_048_576, "mb": 1e6,
            "gib": 1_073_741_824, "g": 1_073_741_824, "gb": 1e9, "tib": 1_099_511_627_776, "t": 1_099_511_627_776,
            "tb": 1e12,
        ]
        guard let number = Double(digits), let factor = factors[unit] else { return nil }
        guard let bytes = Int(exactly: (number * factor).rounded()) else { return nil }
        self.bytes = bytes
    }

    /// For people: `1.5 MiB`.
    public var description: String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        guard value >= 1024 else { return "\(bytes) B" }
        var unit = -1
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\((value * 10).rounded() / 10) \(units[unit])"
    }
}

extension ValueFormat where Value == ByteCount {
    /// A number of bytes: `512`, `64KiB`, `10MB`.
    public static var size: ValueFormat {
        ValueFormat("SIZE") { text throws(ValueProblem) in
            guard let value = ByteCount(written: text) else {
                throw ValueProblem("must be a size such as 512, 64KiB or 10MB, not '\(text)'")
            }
            return value
        }
    }
}
