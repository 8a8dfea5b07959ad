// A device by its browser's name for itself.

const SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"];
const BROWSERS = [["Firefox/", "Firefox"], ["Edg/", "Edge"], ["OPR/", "Opera"],
  ["Chrome/", "Chrome"], ["Safari/", "Safari"]];

export function device(agent = "") {
  const system = SYSTEMS.find((name) => agent.includes(name));
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? (agent.slice(0, 60) || "Unknown device");
}
