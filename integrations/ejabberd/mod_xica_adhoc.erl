%% Ad-hoc commands (XEP-0050) for the admins of a host (access rule `configure`): "Get a certificate", "Certificate status".
-module(mod_xica_adhoc).

-export([start/1, stop/1]).
-export([items/4, command/4]).

-include("xmpp.hrl").

-define(GET, <<"urn:xica:acme:0#get">>).
-define(STATUS, <<"urn:xica:acme:0#status">>).

start(Host) ->
    ejabberd_hooks:add(adhoc_local_items, Host, ?MODULE, items, 60),
    ejabberd_hooks:add(adhoc_local_commands, Host, ?MODULE, command, 60).

stop(Host) ->
    ejabberd_hooks:delete(adhoc_local_items, Host, ?MODULE, items, 60),
    ejabberd_hooks:delete(adhoc_local_commands, Host, ?MODULE, command, 60).

may(From, #jid{lserver = Host}) ->
    acl:match_rule(Host, configure, From) =:= allow.

items(Before, From, To, _) ->
    Mine = [#disco_item{jid = jid:make(To#jid.lserver), node = Node, name = Name}
            || {Node, Name} <- [{?GET, <<"Get a certificate">>}, {?STATUS, <<"Certificate status">>}], may(From, To)],
    case {Before, Mine} of
        {{result, Items}, _} -> {result, Items ++ Mine};
        {_, []} -> Before;
        _ -> {result, Mine}
    end.

command(Before, From, To, #adhoc_command{node = Node} = Request) when Node =:= ?GET; Node =:= ?STATUS ->
    case {Before, may(From, To)} of
        {empty, true} -> answer(Request, From, To#jid.lserver);
        {empty, false} -> {error, xmpp:err_forbidden(<<"Only for admins">>, <<"en">>)};
        _ -> Before
    end;
command(Before, _, _, _) ->
    Before.

answer(#adhoc_command{action = cancel} = Request, _, _) ->
    respond(Request, #adhoc_command{status = canceled});
answer(#adhoc_command{node = ?STATUS} = Request, _, Host) ->
    Fields = [#xdata_field{type = 'text-single', var = Name, label = Name, values = [mod_xica_certificate:in_words(Name)]}
              || Name <- mod_xica_hosts:below(Host)],
    Last = mod_xica_program:last(Host),
    respond(Request, #adhoc_command{status = completed, xdata = #xdata{type = result, title = <<"Certificates">>, fields = Fields},
                                    notes = [#adhoc_note{type = info, data = Last} || Last =/= <<>>]});
answer(#adhoc_command{xdata = undefined} = Request, _, Host) ->
    Names = mod_xica_hosts:below(Host),
    Field = #xdata_field{type = 'list-multi', var = <<"hosts">>, label = <<"Hosts">>, required = true, values = Names,
                         options = [#xdata_option{label = Name, value = Name} || Name <- Names]},
    Form = #xdata{type = form, title = <<"Get a certificate">>, fields = [Field],
                  instructions = [<<"The certificate is for all hosts that you choose. Their SRV records must lead to this server.">>]},
    respond(Request, #adhoc_command{status = executing, xdata = Form, actions = #adhoc_actions{execute = complete, complete = true}});
answer(#adhoc_command{xdata = #xdata{fields = Fields}} = Request, From, Host) ->
    Wanted = lists:append([Values || #xdata_field{var = <<"hosts">>, values = Values} <- Fields]),
    case mod_xica_hosts:chosen(Wanted, mod_xica_hosts:below(Host)) of
        [] ->
            respond(Request, #adhoc_command{status = completed, notes = [#adhoc_note{type = error, data = <<"Choose a host">>}]});
        Names ->
            mod_xica_program:start_get(Host, Names, fun(Result) -> tell(From, Host, Names, Result) end),
            Note = #adhoc_note{type = info, data = <<"Begun. A message will tell you how it ends.">>},
            respond(Request, #adhoc_command{status = completed, notes = [Note]})
    end.

respond(Request, Answer) ->
    xmpp_util:make_adhoc_response(Request, Answer).

tell(To, Host, Names, Result) ->
    List = lists:join(", ", Names),
    Body = case Result of
               {ok, _} -> ["There is a new certificate for ", List, "."];
               {error, Why} -> ["There is no new certificate for ", List, ":\n", Why]
           end,
    ejabberd_router:route(#message{type = chat, from = jid:make(Host), to = To, body = [#text{data = unicode:characters_to_binary(Body)}]}).
