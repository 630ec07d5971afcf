/** The command line as a function, for those who put it into a program of their own. */
export { exitCodes, type ExitCode } from './exit-code.ts';
export { type DeploymentSource, type OpenDeployment, openDeployment } from './open-waybill.ts';
export { runCli } from './run-cli.ts';
export type { Sink, Source, StopSignal, Surroundings } from './surroundings.ts';
