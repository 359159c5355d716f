%% The hosts of this server that a certificate is for.
-module(mod_xica_hosts).

-export([all/0, below/1, served/0, chosen/2]).

%% The virtual hosts on which the module works.
-spec served() -> [binary()].
served() ->
    [Host || Host <- lists:sort(ejabberd_option:hosts()), gen_mod:is_loaded(Host, mod_xica)].

%% A virtual host and its components, itself first.
-spec below(binary()) -> [binary()].
below(Host) ->
    Routes = [Route || Route <- lists:usort(ejabberd_router:get_all_routes()), Route =/= Host, host_of(Route) =:= Host],
    [Host | Routes].

host_of(Route) ->
    try ejabberd_router:host_of_route(Route)
    catch _:_ -> none
    end.

-spec all() -> [binary()].
all() ->
    lists:flatmap(fun below/1, served()).

%% Those of Wanted that are among Known, in the order of Known.
-spec chosen([binary()], [binary()]) -> [binary()].
chosen(Wanted, Known) ->
    [Host || Host <- Known, lists:member(Host, Wanted)].
