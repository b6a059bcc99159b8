/// What is wrong with a word on the command line: completes the sentence that starts with the option's name.
public struct ValueProblem: Error, Sendable, Hashable {
    /// For example `must be a duration such as 250ms, 5s, 2m, 3h or 7d, not 'soon'`.
    public let message: String
    /// What to write instead.
    public let hint: String?

    /// A problem.
    public init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// How a value is written on the command line.
public struct ValueFormat<Value: Sendable>: Sendable {
    /// What the help calls it, such as `COUNT`.
    public let placeholder: String
    /// All words it may be, when there are few.
    public let choices: [String]
    let parse: @Sendable (String) throws(ValueProblem) -> Value

    /// A format.
    ///
    /// - Parameters:
    ///   - placeholder: what the help calls it.
    ///   - choices: all words it may be, when there are few.
    ///   - parse: makes the value of a word.
    public init(
        _ placeholder: String, choices: [String] = [],
        parse: @escaping @Sendable (String) throws(ValueProblem) -> Value
    ) {
        self.placeholder = placeholder
        self.choices = choices
        self.parse = parse
    }

    /// The same format, called `placeholder` in the help.
    public func named(_ placeholder: String) -> ValueFormat {
        ValueFormat(placeholder, choices: choices, parse: parse)
    }
}

extension ValueFormat where Value == String {
    /// Any text that is not empty.
    public static var text: ValueFormat {
        ValueFormat("TEXT") { text throws(ValueProblem) in
            guard !text.isEmpty else { throw ValueProblem("must not be empty") }
            return text
        }
    }

    /// Any text, also none.
    public static var anyText: ValueFormat { ValueFormat("TEXT") { $0 } }

    /// A path in the file system; a leading `~/` is the home folder when the shell left it.
    public static var path: ValueFormat { text.named("PATH") }
}

extension ValueFormat where Value == (name: String, value: String) {
    /// `name=value`.
    public static var assignment: ValueFormat {
        ValueFormat("NAME=VALUE") { text throws(ValueProblem) in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValueProblem("must be NAME=VALUE, not '\(text)'")
            }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }
}

extension ValueFormat where Value: FixedWidthInteger {
    /// A whole number.
    public static var integer: ValueFormat { integer(Value.min...Value.max) }

    /// A whole number within `range`.
    public static func integer(_ range: ClosedRange<Value>) -> ValueFormat {
        ValueFormat("NUMBER") { text throws(ValueProblem) in
            guard let value = Value(text) else { throw ValueProblem("must be a whole number, not '\(text)'") }
            guard range.contains(value) else { throw ValueProblem("must be \(describe(range)), not \(value)") }
            return value
        }
    }

    private static func describe(_ range: ClosedRange<Value>) -> String {
        range.upperBound == .max
            ? "at least \(range.lowerBound)" : "between \(range.lowerBound) and \(range.upperBound)"
    }
}

extension ValueFormat where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases of `type`, by raw value.
    public static func choice(_ type: Value.Type) -> ValueFormat {
        let names = type.allCases.map(\.rawValue)
        return ValueFormat(names.joined(separator: "|"), choices: names) { text throws(ValueProblem) in
            guard let value = Value(rawValue: text) else {
                throw ValueProblem(
                    "must be one of \(names.joined(separator: ", ")), not '\(text)'",
                    hint: Suggestions.hint(for: text, among: names))
            }
            return value
        }
    }
}
