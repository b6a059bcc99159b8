import CShims
import Glibc

/// Tells which file systems can hold a log.
enum FileSystem {
    /// Refuses `folder` when it lies on a network file system: locks and shared memory do not hold there.
    static func check(_ folder: String) throws(EventLogError) {
        let type = tributary_file_system_type(folder)
        guard type >= 0 else {
            let reason = String(cString: strerror(Int32(clamping: -type)))
            throw EventLogError(.unusableStorage, "The folder \(folder) cannot be examined: \(reason).")
        }
        guard let name = networkName(UInt32(truncatingIfNeeded: type)) else { return }
        throw EventLogError(
            .unusableStorage,
            "The folder \(folder) is on \(name). Locks and shared memory do not hold there, and processes would damage "
                + "each other's data: give a data directory on a local disk.")
    }

    /// The name of the network file system with statfs type `type`; nil for others.
    ///
    /// Numbers from `linux/magic.h`.
    static func networkName(_ type: UInt32) -> String? {
        switch type {
        case 0x6969: "NFS"
        case 0x517b, 0xff53_4d42, 0xfe53_4d42: "SMB/CIFS"
        case 0x6573_5546: "FUSE (sshfs and others)"
        case 0x0102_1997: "9p (a host's folder in a virtual machine)"
        case 0x5346_414f, 0x6b41_4653: "AFS"
        case 0x00c3_6400: "Ceph"
        case 0x0bd0_0bd0: "Lustre"
        case 0x7461_636f: "OCFS2"
        case 0x0116_1970: "GFS2"
        default: nil
        }
    }
}
