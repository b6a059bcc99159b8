public import Console
public import StreamCore

/// What lies where in a data folder: `log/` the embedded log, `state/` stores, `applications/` manifests.
public struct DataFolder: Sendable {
    /// The folder itself.
    public let path: String

    /// The folder at `path`.
    public init(_ path: String) { self.path = path }

    /// The folder that the command line names.
    ///
    /// - Throws: ``CommandError`` when that is malformed.
    public init(_ invocation: Invocation) throws { path = try invocation[LogOptions.dataDirectory] }

    /// Where state stores are: `<application>/<task>/` below it.
    public var state: String { "\(path)/state" }

    /// Where applications leave their manifests.
    public var applications: String { "\(path)/applications" }

    /// The folder of one task's stores.
    public func state(of application: String, _ task: TaskID) -> String { "\(state)/\(application)/\(task)" }
}
