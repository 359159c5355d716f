%% mod_xica: certificates for the hosts of this server by ACME, proven by the server itself (xmpp-01, docs/acme-xmpp.md).
%%
%% All of ACME is done by the program `xica` (mod_xica_program). While it proves a host, mod_xica_stream shows the proof in that host's encrypted streams.
%% mod_xica_commands, mod_xica_web and mod_xica_adhoc are the consoles; mod_xica_renewal renews.
-module(mod_xica).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).

start(Host, Opts) ->
    mod_xica_stream:start(Host),
    mod_xica_web:start(Host),
    mod_xica_adhoc:start(Host),
    mod_xica_commands:start(),
    mod_xica_renewal:start(Host, Opts).

stop(Host) ->
    mod_xica_stream:stop(Host),
    mod_xica_web:stop(Host),
    mod_xica_adhoc:stop(Host),
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true ->
            ok;
        false ->
            mod_xica_commands:stop(),
            mod_xica_renewal:stop()
    end.

reload(Host, Opts, _) ->
    mod_xica_renewal:stop(),
    mod_xica_renewal:start(Host, Opts).

depends(_, _) ->
    [{mod_adhoc, soft}].

mod_opt_type(challenges) -> econf:binary();
mod_opt_type(program) -> econf:list_or_single(econf:binary());
mod_opt_type(config_dir) -> econf:binary();
mod_opt_type(server) -> econf:binary();
mod_opt_type(get_options) -> econf:list(econf:binary());
mod_opt_type(renew) -> econf:bool();
mod_opt_type(renew_interval) -> econf:timeout(second).

mod_options(_) ->
    [{challenges, <<"/run/xica/challenges">>}, {program, [<<"xica">>]}, {config_dir, <<>>}, {server, <<>>}, {get_options, []},
     {renew, true}, {renew_interval, timer:hours(24)}].

mod_doc() ->
    #{desc => <<"Certificates for the hosts of this server by ACME, proven by the server itself (xmpp-01) through the program xica.">>,
      opts => [{challenges, #{value => <<"Path">>, desc => <<"The folder through which the program says what to show.">>}},
               {program, #{value => <<"Program | [Word, ...]">>, desc => <<"What its command line begins with.">>}},
               {config_dir, #{value => <<"Path">>, desc => <<"Where the program keeps its account and certificates; without it, its own default.">>}},
               {server, #{value => <<"URL">>, desc => <<"The CA's directory; without it, what the program remembers.">>}},
               {get_options, #{value => <<"[Word, ...]">>, desc => <<"Further words for xica get.">>}},
               {renew, #{value => <<"true | false">>, desc => <<"Whether ejabberd renews what is due.">>}},
               {renew_interval, #{value => <<"timeout()">>, desc => <<"How often; a quarter more or less by chance.">>}}]}.
