import Glibc

/// The folders and files of an embedded log.
struct LogFolder: Sendable {
    /// The data directory, as given.
    let dataDirectory: String
    private let absolute: String

    /// The log under `dataDirectory`, which stays the same folder when the process changes its current one.
    init(dataDirectory: String) {
        self.dataDirectory = dataDirectory
        guard !dataDirectory.hasPrefix("/"), let current = getcwd(nil, 0) else {
            absolute = dataDirectory
            return
        }
        defer { free(current) }
        absolute = String(cString: current) + "/" + dataDirectory
    }

    /// Where the log's files are.
    var log: String { absolute + "/log" }
    /// The file with topics, offsets and ownership.
    var database: String { log + "/tributary.db" }
    /// One locked file for each living member.
    var members: String { log + "/members" }
    /// Locked by the process that creates the log.
    var creation: String { log + "/create.lock" }
    /// Locked by the process that deletes and compacts.
    var maintenance: String { log + "/maintenance.lock" }

    /// The lock file of a member.
    func lock(of member: String) -> String { "\(members)/\(member).lock" }

    /// Creates the folders that are missing and refuses file systems that cannot hold a log.
    func create() throws(EventLogError) {
        try makeFolder(members)
        try FileSystem.check(log)
    }

    /// Whether there is a log.
    var exists: Bool { access(database, F_OK) == 0 }

    /// The members that have a lock file.
    func lockedMembers() -> [String] {
        guard let folder = opendir(members) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // The C array of a directory entry is a tuple in Swift; its bytes are read where they are.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".lock") { names.append(String(name.dropLast(5))) }
        }
        return names
    }

    /// Creates the folder `path` and those above it that are missing.
    private func makeFolder(_ path: String) throws(EventLogError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let folder = String(path[..<end])
            if mkdir(folder, 0o777) == 0 { continue }
            let code = errno
            if access(folder, F_OK) == 0 { continue }
            throw EventLogError(
                code == ENOSPC || code == EDQUOT ? .diskFull : .unusableStorage,
                "The folder \(folder) cannot be created: \(String(cString: strerror(code))). "
                    + "Give another data directory.")
        }
    }
}

extension LogFolder {
    /// Removes the lock file of a member that is dead.
    func removeLock(of member: String) { unlink(lock(of: member)) }
}
