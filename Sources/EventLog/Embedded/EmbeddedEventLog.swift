public import StreamCore

/// The event log in one SQLite file: durable, transactional, shared by the processes of one machine.
///
/// Several processes may have the same data directory open, each through a log of its own. Every append and commit is
/// on the disk when it returns. Any thread may call; not for network file systems.
public final class EmbeddedEventLog: EventLog {
    let file: LogFile
    let database: SharedDatabase
    let maintenance = MaintenanceState()

    /// Opens the log under `dataDirectory`, in `log/tributary.db`.
    ///
    /// - Throws: ``EventLogError`` with code `unusableStorage` (no permission, a network file system, no log there when
    ///   the options ask for an existing one), `incompatibleVersion`, `corrupt`, `busy`, `diskFull` or
    ///   `invalidConfiguration`.
    public init(dataDirectory: String, options: EmbeddedLogOptions = .init()) throws(EventLogError) {
        file = try LogFile(dataDirectory: dataDirectory, options: options)
        database = SharedDatabase(try file.connect())
    }

    /// The data directory.
    public var location: String { file.folder.dataDirectory }

    /// Appends `records` in one transaction, all or none, and returns when they are on the disk.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    @discardableResult
    public func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        guard !records.isEmpty else { return [:] }
        let ranges = try database.use { database throws(EventLogError) in
            var writer = LogWriter(file: file, database: database)
            return try writer.append(records)
        }
        file.bells.ring()
        return ranges
    }

    /// A reader with a connection of its own; both isolations are the same here.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        // Both isolations are the same: what is not committed is in no batch.
        try EmbeddedReader(file)
    }

    /// Joins the group of an application; the membership ends with ``GroupMember/leave()`` or this process.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        try EmbeddedMember(file, group)
    }
}
