public import Console

/// The settings that every application has.
public enum ApplicationSettings {
    /// The options of `run` that are read from the configuration too, for tools that know no application.
    public static var all: [any AnyParameter] { ApplicationCommands.configurable }
}
