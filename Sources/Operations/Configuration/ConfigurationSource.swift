import Configuration
import Console
import Synchronization

/// The settings of one run of a command, read when the first of them is asked for: help needs no right configuration.
final class ConfigurationSource: ParameterSource {
    let schema: SettingsSchema
    private let invocation: Invocation
    private let loaded = Mutex<Result<Settings, CommandError>?>(nil)

    init(_ invocation: Invocation, _ schema: SettingsSchema) {
        self.invocation = invocation
        self.schema = schema
    }

    /// The settings.
    ///
    /// - Throws: ``CommandError`` when a file is wrong, each time anew.
    func settings() throws(CommandError) -> Settings {
        let result = loaded.withLock { loaded in
            if let result = loaded { return result }
            let result = load()
            loaded = result
            if case .success(let settings) = result {
                for warning in settings.warnings { invocation.warn(warning.description) }
            }
            return result
        }
        return try result.get()
    }

    private func load() -> Result<Settings, CommandError> {
        do throws(CommandError) {
            let files = try ConfigurationOptions.files(invocation)
            do throws(ConfigurationError) {
                return .success(try files.load(schema))
            } catch {
                return .failure(CommandError(error))
            }
        } catch {
            return .failure(error)
        }
    }

    func texts(of specification: ParameterSpecification) throws(CommandError) -> [String] {
        try settings().value(of: specification)?.texts ?? []
    }
}
