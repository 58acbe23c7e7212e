/** What a process and all that it started use; zeros when it is not known (yet). */
export interface Usage {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}
