/// Values of parameters that come from elsewhere than the command line, such as a file.
public protocol ParameterSource: Sendable {
    /// What is set for the parameter that `specification` describes, by its setting; empty when nothing is.
    ///
    /// - Throws: ``CommandError`` when the source cannot be read.
    func texts(of specification: ParameterSpecification) throws(CommandError) -> [String]
}

/// The source of a program without settings.
struct NoSettings: ParameterSource {
    func texts(of specification: ParameterSpecification) -> [String] { [] }
}
