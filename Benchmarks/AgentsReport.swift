import Foundation

/// Prints what living agents cost: `swift run -c release Benchmarks agents [keys] [items]`, on 4 tasks.
///
/// Every key has an agent with a state and a share of the memory's items. Instances are processes, so that one can be killed.
struct AgentsReport {
    let keys: Int
    let items: Int

    func print() throws {
        Swift.print("Agents: \(keys) keys with a state each, \(items) memory items, 4 tasks, 2 workers, embedded log.")
        Swift.print("what".padding(toLength: 58, withPad: " ", startingAt: 0) + "seconds   rate/s   resident MB (peak)")
        try Benchmarks.inFolder { folder in
            let desk = try AgentDesk(folder: folder, keys: keys)
            try desk.fill(items: items)
            let first = try desk.start("one")
            try desk.report("first start, items added by command", first, count: items) { try desk.hasApplied() }
            try desk.round("a message for every key: agents made", first)
            try desk.round("another for every key", first)
            try desk.ask("a hybrid search in a session, one after the other", first, count: 200)
            try desk.stop(first, "clean stop")
            let second = try desk.start("one")
            try desk.report("clean restart, until every task answers", second) { try desk.everyTaskAnswers() }
            try desk.round("a message for every key", second)
            second.kill()
            let third = try desk.start("one")
            try desk.report("restart after SIGKILL, until every task answers", third) { try desk.everyTaskAnswers() }
            try desk.round("a message for every key", third)
            let other = try desk.start("two")
            try desk.report("a second instance joins, until it has tasks", other) { other.says("tasks granted") }
            try desk.report("and every task answers", other) { try desk.everyTaskAnswers() }
            try desk.round("a message for every key, two instances", third)
            try desk.stop(other, "the second stops")
            try desk.report("until every task answers", third) { try desk.everyTaskAnswers() }
            try desk.round("a message for every key, one instance", third)
            try FileManager.default.removeItem(atPath: folder + "/state-two")
            try desk.stop(third, "clean stop")
            try FileManager.default.removeItem(atPath: folder + "/state-one")
            let last = try desk.start("one")
            try desk.report("state folder lost, until every task answers", last) { try desk.everyTaskAnswers() }
            try desk.stop(last, "clean stop")
        }
    }
}
