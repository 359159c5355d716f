%% ejabberdctl xica_get|xica_status|xica_renew.
-module(mod_xica_commands).

-export([start/0, stop/0]).
-export([get/1, status/0, renew/0]).

-include("ejabberd_commands.hrl").

start() ->
    ejabberd_commands:register_commands(?MODULE, commands()).

stop() ->
    ejabberd_commands:unregister_commands(commands()).

commands() ->
    [#ejabberd_commands{name = xica_get, tags = [acme, xica], desc = "Get a certificate for hosts of this server, proven by the server itself",
                        module = ?MODULE, function = get, args = [{hosts, string}], args_desc = ["Hosts, with commas between them, or \"all\""],
                        args_example = ["example.org,conference.example.org"], result = {res, restuple}},
     #ejabberd_commands{name = xica_status, tags = [acme, xica], desc = "The certificates of all hosts: until when, by whom",
                        module = ?MODULE, function = status, args = [],
                        result = {hosts, {list, {host, {tuple, [{name, string}, {certificate, string}]}}}}},
     #ejabberd_commands{name = xica_renew, tags = [acme, xica], desc = "Renew the certificates that are due",
                        module = ?MODULE, function = renew, args = [], result = {res, restuple}}].

get(Text) ->
    Words = [Word || Word <- re:split(Text, "[\\s,;]+", [{return, binary}]), Word =/= <<>>],
    All = mod_xica_hosts:all(),
    Known = case Words of
                [<<"all">>] -> All;
                _ -> mod_xica_hosts:chosen(Words, All)
            end,
    case Known of
        [] -> {error, "no host of this server, or mod_xica doesn't work on it"};
        _ when Words =/= [<<"all">>], length(Known) =/= length(Words) -> {error, "not all of them are hosts of this server"};
        _ -> mod_xica_program:get(global, Known)
    end.

status() ->
    [{Host, mod_xica_certificate:in_words(Host)} || Host <- mod_xica_hosts:all()].

renew() ->
    mod_xica_program:renew().
