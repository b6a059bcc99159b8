extension Parameter where Value == Bool {
    /// A switch: `--name`.
    public static func flag(
        _ name: String, letter: Character? = nil, aliases: [String] = [], help: String
    ) -> Parameter {
        Parameter(ParameterSpecification(.flag, name: name, letter: letter, aliases: aliases, help: help)) { texts in
            guard let last = texts.last else { return false }
            return !["0", "false", "no"].contains(last)
        }
    }
}

extension Parameter {
    /// An option that may be left out: nil then.
    public static func option<Wrapped>(
        _ name: String, letter: Character? = nil, aliases: [String] = [], _ format: ValueFormat<Wrapped>, help: String
    ) -> Parameter where Value == Wrapped? {
        Parameter(specify(.option, name, letter, aliases, format, help)) { texts throws(ValueProblem) in
            guard let last = texts.last else { return nil }
            return try format.parse(last)
        }
    }

    /// An option with a value of its own when it is left out.
    ///
    /// - Parameters:
    ///   - name: its long name.
    ///   - letter: its short name.
    ///   - aliases: more long names, not shown in the help.
    ///   - format: how its value is written.
    ///   - fallback: its value when it is left out.
    ///   - shown: how the help writes that value; as it prints when nil.
    ///   - help: what it does, half a line.
    /// - Returns: the option.
    public static func option(
        _ name: String, letter: Character? = nil, aliases: [String] = [], _ format: ValueFormat<Value>,
        default fallback: Value, shown: String? = nil, help: String
    ) -> Parameter {
        var specification = specify(.option, name, letter, aliases, format, help)
        specification.defaultText = shown ?? "\(fallback)"
        return Parameter(specification) { texts throws(ValueProblem) in
            guard let last = texts.last else { return fallback }
            return try format.parse(last)
        }
    }

    /// An option that must be given.
    public static func required(
        _ name: String, letter: Character? = nil, aliases: [String] = [], _ format: ValueFormat<Value>, help: String
    ) -> Parameter {
        var specification = specify(.option, name, letter, aliases, format, help)
        specification.isRequired = true
        return Parameter(specification) { texts throws(ValueProblem) in
            guard let last = texts.last else { throw ValueProblem("is missing") }
            return try format.parse(last)
        }
    }

    /// An option that may be given several times.
    public static func repeated<Element>(
        _ name: String, letter: Character? = nil, aliases: [String] = [], _ format: ValueFormat<Element>, help: String
    ) -> Parameter where Value == [Element] {
        var specification = specify(.option, name, letter, aliases, format, help)
        specification.isRepeatable = true
        return Parameter(specification) { texts throws(ValueProblem) in
            var values: [Element] = []
            for text in texts { values.append(try format.parse(text)) }
            return values
        }
    }

    /// A word that must be there.
    public static func argument(_ name: String, _ format: ValueFormat<Value>, help: String) -> Parameter {
        var specification = ParameterSpecification(
            .argument, name: name, placeholder: name.uppercased(), choices: format.choices, help: help)
        specification.isRequired = true
        return Parameter(specification) { texts throws(ValueProblem) in
            guard let last = texts.last else { throw ValueProblem("is missing") }
            return try format.parse(last)
        }
    }

    /// A word that may be left out: nil then.
    public static func optionalArgument<Wrapped>(
        _ name: String, _ format: ValueFormat<Wrapped>, help: String
    ) -> Parameter where Value == Wrapped? {
        let specification = ParameterSpecification(
            .argument, name: name, placeholder: name.uppercased(), choices: format.choices, help: help)
        return Parameter(specification) { texts throws(ValueProblem) in
            guard let last = texts.last else { return nil }
            return try format.parse(last)
        }
    }

    /// All words that are left: last in a command's list, at least one.
    public static func arguments<Element>(
        _ name: String, _ format: ValueFormat<Element>, help: String
    ) -> Parameter where Value == [Element] {
        var specification = ParameterSpecification(
            .argument, name: name, placeholder: name.uppercased(), choices: format.choices, help: help)
        specification.isRequired = true
        specification.isRepeatable = true
        return Parameter(specification) { texts throws(ValueProblem) in
            var values: [Element] = []
            for text in texts { values.append(try format.parse(text)) }
            guard !values.isEmpty else { throw ValueProblem("is missing") }
            return values
        }
    }

    /// All words that are left: last in a command's list; there may be none.
    public static func repeatedArgument<Element>(
        _ name: String, _ format: ValueFormat<Element>, help: String
    ) -> Parameter where Value == [Element] {
        var specification = ParameterSpecification(
            .argument, name: name, placeholder: name.uppercased(), choices: format.choices, help: help)
        specification.isRepeatable = true
        return Parameter(specification) { texts throws(ValueProblem) in
            var values: [Element] = []
            for text in texts { values.append(try format.parse(text)) }
            return values
        }
    }

    private static func specify<Written>(
        _ role: ParameterSpecification.Role, _ name: String, _ letter: Character?, _ aliases: [String],
        _ format: ValueFormat<Written>, _ help: String
    ) -> ParameterSpecification {
        ParameterSpecification(
            role, name: name, letter: letter, aliases: aliases, placeholder: format.placeholder,
            choices: format.choices, help: help)
    }
}
