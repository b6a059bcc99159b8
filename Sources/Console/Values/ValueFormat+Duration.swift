import StreamCore

extension ValueFormat where Value == Duration {
    /// A length of time: `250ms`, `5s`, `2m`, `3h`, `7d`, several of them (`1h30m`), or ISO 8601 (`PT1H30M`, `P7D`).
    public static var duration: ValueFormat {
        ValueFormat("DURATION") { text throws(ValueProblem) in
            guard let value = Duration(written: text) else {
                throw ValueProblem("must be a duration such as 250ms, 5s, 2m, 3h or 7d, not '\(text)'")
            }
            return value
        }
    }
}

extension Duration {
    /// The length of time that `text` says, as ``ValueFormat/duration`` has it; nil for other text.
    public init?(written text: String) {
        let isISO = text.uppercased().hasPrefix("P")
        let units: [(name: String, milliseconds: Int64)]
        var rest = Substring(isISO ? text.uppercased().dropFirst() : text[...])
        units =
            isISO
            ? [("D", 86_400_000), ("H", 3_600_000), ("M", 60_000), ("S", 1_000)]
            : [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)]
        var total: Int64 = 0
        var isTime = !isISO
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            if isISO, rest.first == "T", !isTime {
                isTime = true
                rest = rest.dropFirst()
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = isISO ? rest.prefix(1) : rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            // A day is the only unit of ISO 8601 before the T, and none after it.
            guard let count = Int64(digits), let factor = units.first(where: { $0.name == unit })?.milliseconds,
                !isISO || isTime == (unit != "D")
            else { return nil }
            let (part, overflow) = count.multipliedReportingOverflow(by: factor)
            let (sum, overflowed) = total.addingReportingOverflow(part)
            guard !overflow, !overflowed else { return nil }
            total = sum
        }
        self = .milliseconds(total)
    }
}
