// What `lastwatt`, `lastwatt --help` and `lastwatt help VERB` tell beyond the list of verbs and options.

export const FIRST_STEPS = `
First steps:
  lastwatt demo                     one outage from end to end on an embedded site, about a minute
  lastwatt scan                     which rigs are on this network, as a configuration to begin with
  lastwatt check                    are UPS, rigs and switches reachable, and is the site sound
  lastwatt simulate                 what would become of this site in outages of eight kinds
  lastwatt drill RIG --cut          for real: one rig is paused, cut, and brought back
  lastwatt arm                      from now on it acts; before, it only decides and journals
  lastwatt status --watch           what is now, and whether an outage would end well

Exit codes: 0 done; 1 done, and the news is bad (check, plan, drill, simulate, replay, demo); 2 usage or configuration;
3 the service cannot be reached; 4 refused, with the reason.
The service is found by --socket, else LASTWATT_SOCKET, else the socket: of the configuration file.`;

export const EXAMPLES = {
  check: `
Examples:
  lastwatt check                    the service asks every device, with its own rights; reads only
  lastwatt check --rig s19-1        one rig: all that it tells of itself; with --json as data
  lastwatt check --offline          the configuration file alone
  lastwatt check --reload           would it be taken up now: what changes, or what is in the way`,
  drill: `
On mains only. Example:
  lastwatt drill s19-1 s19-2 --cut  one after the other; the first bad verdict ends the row`,
  arm: `
Do this once check and drill are clean. It survives restarts.`,
  disarm: `
With rigs down nobody will bring them back: then it is refused, names them, and wants --yes.`,
  status: `
Examples:
  lastwatt status                   the first line answers: if the mains died now, would it end well
  lastwatt status --json | jq .ready`,
  plan: `
Exit code 1 when it does not fit the battery, or that is not known.`,
  why: `
Examples:
  lastwatt why                      the site
  lastwatt why s19-1                why this rig is up, down, or waiting`,
  down: `
Examples:
  lastwatt down s19-1 --for 2h      paused, cooled down, cut; back by itself after two hours
  lastwatt down --all               worst earner per watt first; until released
  lastwatt down s19-1 --now         without grace and cool-down
A hold is no lock: before hands go in, the breaker.`,
  up: `
Ends by itself, after 4 h unless --for says otherwise. No rig is started on battery, none is kept up past the floor.
Example:
  lastwatt up s19-1 --for 8h`,
  release: `
The wish and the fault of a rig are forgotten, the policy rules again and tries again.
Examples:
  lastwatt release s19-1
  lastwatt release --all
  lastwatt release k2               a switch (or a rig) that left the file while it was cut: forgotten, and not moved`,
  newBattery: `
On mains. What its discharges told of the old one is forgotten.
Example:
  lastwatt new-battery rack`,
  simulate: `
Examples:
  lastwatt simulate                 every named night, a row each; exit code 1 when one ends badly
  lastwatt simulate --scenario long-night
                                    one night: battery, load and who ran when, in the terminal
  lastwatt simulate --scenario dead-pi --seed 7 --svg night.svg
  lastwatt --config ./new.yaml simulate   a file that no service runs yet`,
  receipt: `
Examples:
  lastwatt receipt                  the last outage
  lastwatt receipt --list           those that are kept: 50 of them, in the folder outages of stateDir
  lastwatt receipt 2026-11-26T03-12-04Z --html night.html
Sums are of what was recorded; what nobody saw or priced is said, and in none of them.`,
  replay: `
Examples:
  lastwatt replay                   the last outage as it was: identical, or exit code 1
  lastwatt replay 2026-11-26T03-12-04Z --policy outage-aware
  lastwatt replay night.outage.gz --config ./new.yaml
As it was, it is the recorded inputs through the same rules. Under another policy or configuration it is lived through
anew: the same mains, batteries and rigs as they were seen to be, and assumed where they were not.`,
  scan: `
Networks up to /22. No password is tried, nothing is written; where nobody is, an address takes a second.
A rig is found on the ports that its family has from the factory: a fake-rig wants --port 4028, or what --list says.
What is found goes into the file of the service, under rigs:.
Examples:
  lastwatt scan                     the networks of this machine
  lastwatt scan 192.168.1.0/24 > found.yaml
                                    what it finds goes to standard output, what it says to the terminal
  lastwatt scan 10.0.0.21 --json    one address`,
  fakeRig: `
Examples:
  lastwatt fake-rig --list
  lastwatt fake-rig luxos --watts 3250 --hashrate "110 TH/s"
                                    prints how a configuration meets it, then a line at each order
  lastwatt fake-rig luxos --lies    to see what lastwatt does with a rig that says it is paused, and is not
  lastwatt fake-rig luxos --garbles half of each answer comes; --loses-answers: it does what it is told, and no answer comes;
                                    --changes-pools: it obeys, and a pool is not what it was
  lastwatt fake-rig luxos --session-held
                                    somebody else is logged on; vnish --locked-out: its own way
  lastwatt fake-rig avalon --breaks-json
                                    JSON as firmwares break it; of all that speak as cgminer does
  lastwatt fake-rig axeos --login-page, --redirects
                                    answers with a page that is not the rig, or sends everybody elsewhere
  lastwatt fake-rig ssh-host --cards amd --client /usr/local/lib/fake-ssh
                                    a rig of graphics cards; the program that stands in for ssh is written there
  kill -USR2 PID                    its plug: out, and in again`,
  journal: `
Examples:
  lastwatt journal                  the last 50 lines
  lastwatt journal --since 2h       or a date: --since 2026-11-03, --since 2026-11-03T09:12
  lastwatt journal --follow         and what comes, until Ctrl-C`,
} as const;
