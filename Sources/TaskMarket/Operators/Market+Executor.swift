public import AgentOperators
import StateStores
public import StreamCore
import StreamDSL
public import Topology

extension Market {
    /// Executors called `id`: claim what is awarded, do the work, renew the lease meanwhile, tell what came of it.
    ///
    /// Instances of one application are one pool: its tasks share the work by partition, and each piece is done by one of them.
    /// Pools with other names compete: the first claim counts. The work is a durable call by the rules of `ask`: begun once for
    /// each grant, after the commit that holds it; again after a crash, with the same idempotency key; tried again by
    /// `options.retry`. What then fails may be claimed again as often as the market's rules say, unless the failure says that
    /// it cannot help. Work that goes on after the lease was lost is in vain: its result is refused.
    ///
    /// - Parameters:
    ///   - id: who they are in messages; names the steps and stores.
    ///   - inFlight: how many pieces of work run at once, for each task.
    ///   - timeout: how long one may take, tries included.
    ///   - options: everything else of the calls: breaker, rate limit, retries.
    ///   - work: does the work and returns its result.
    /// - Returns: the statement that puts them into a topology.
    public func executor(
        _ id: String, inFlight: Int = 8, timeout: Duration = .minutes(5), options: AskOptions = AskOptions(),
        work: @escaping @Sendable (WorkOrder, AskContext) async throws -> String?
    ) -> [Terminal] {
        let claims = StoreDefinition<String, ExecutorClaim>.keyValue(
            "\(id)-claims", key: .string, value: .json(), ttl: rules.retention)
        let (lease, store) = (rules.lease, claims.specification.name)
        let steps = self.work.stream().processValues(named: "\(id)-claiming", stores: [StoreDeclaration(claims)]) {
            (step: ProcessorContext<String, ExecutorStep>) in
            let desk = ExecutorDesk(id, lease: lease, step, try step.store(claims))
            return { record in try desk.take(record) }
        }
        let orders = steps.compactMapValues(named: "\(id)-granted") { $0.order }
        let outcomes = KStream(node: orders.node, formats: Formats(key: .string, value: .json()))
            .mapAsync(named: "\(id)-work", timeout: timeout, inFlight: inFlight, options: options, work)
        let results = outcomes.processValues(named: "\(id)-reporting", uses: [store]) {
            (step: ProcessorContext<String, MarketCommand>) in
            let desk = ResultDesk(id, step, try step.store(claims))
            return { record in try desk.report(record) }
        }
        return [
            steps.compactMapValues(named: "\(id)-asks") { $0.command }.to(commands, named: "\(id)-asking"),
            results.to(commands, named: "\(id)-telling"),
        ]
    }
}
