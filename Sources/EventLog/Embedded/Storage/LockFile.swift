import CShims
import Glibc

/// A file locked by this process until the value goes away; the kernel unlocks it when the process dies.
final class LockFile: Sendable {
    private let descriptor: Int32

    /// Locks `path`, which is created when missing; nil when somebody else holds it.
    ///
    /// - Throws: ``EventLogError`` with code `unusableStorage` or `diskFull` when the file cannot be opened or locked.
    static func tryLock(_ path: String) throws(EventLogError) -> LockFile? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(path, "opened", errno) }
        let result = tributary_try_lock(descriptor)
        if result == 0 { return LockFile(descriptor) }
        close(descriptor)
        guard result == EAGAIN || result == EACCES else { throw failure(path, "locked", result) }
        return nil
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func failure(_ path: String, _ what: String, _ code: Int32) -> EventLogError {
        EventLogError(
            code == ENOSPC || code == EDQUOT ? .diskFull : .unusableStorage,
            "The lock file \(path) cannot be \(what): \(String(cString: strerror(code))).")
    }
}

/// Tells whether another process (or another log of this process) holds a lock file.
final class LockProbe: Sendable {
    private let path: String
    private let descriptor: Int32

    /// A probe of the file `path`; one that is not there counts as free.
    ///
    /// - Throws: ``EventLogError`` when the file cannot be opened: whoever cannot be asked is not dead.
    init(_ path: String) throws(EventLogError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 || errno == ENOENT else { throw LockFile.failure(path, "opened", errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether somebody holds the lock: then the process that took it lives.
    ///
    /// - Throws: ``EventLogError`` when the system does not tell; a lock that cannot be asked is never free.
    var isHeld: Bool {
        get throws(EventLogError) {
            guard descriptor >= 0 else { return false }
            let result = tributary_is_locked(descriptor)
            guard result >= 0 else { throw LockFile.failure(path, "examined", -result) }
            return result == 1
        }
    }
}
