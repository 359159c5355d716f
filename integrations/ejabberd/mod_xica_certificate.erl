%% Which certificate ejabberd has for a host, in words.
-module(mod_xica_certificate).

-export([in_words/1]).

-define(DAY, 86400).

%% As in RFC 5280's ASN.1: Debian's ejabberd comes without public_key's own header file.
-define(COMMON_NAME, {2, 5, 4, 3}).
-define(ORGANIZATION, {2, 5, 4, 10}).
-record('OTPCertificate', {tbsCertificate, signatureAlgorithm, signature}).
-record('Validity', {notBefore, notAfter}).
-record('AttributeTypeAndValue', {type, value}).

-spec in_words(binary()) -> binary().
in_words(Host) ->
    case ejabberd_pkix:get_certfile_no_default(Host) of
        {ok, Path} -> of_file(Path);
        error -> <<"no certificate">>
    end.

of_file(Path) ->
    try
        {ok, Pem} = file:read_file(Path),
        [Der | _] = [Bytes || {'Certificate', Bytes, not_encrypted} <- public_key:pem_decode(Pem)],
        of_certificate(public_key:pkix_decode_cert(Der, otp), public_key:pkix_is_self_signed(Der))
    catch _:_ ->
        unicode:characters_to_binary(["can't be read: ", Path])
    end.

of_certificate(#'OTPCertificate'{tbsCertificate = Certificate}, SelfSigned) ->
    {_, _Version, _Serial, _Signature, Issuer, #'Validity'{notAfter = NotAfter}, _Subject, _, _, _, _} = Certificate,
    Ends = seconds(NotAfter),
    Days = floor((Ends - erlang:system_time(second)) / ?DAY),
    Term = case Days < 0 of
               true -> "expired";
               false -> "until"
           end,
    By = case SelfSigned of
             true -> "self-signed";
             false -> ["issued by ", name_of(Issuer)]
         end,
    unicode:characters_to_binary(io_lib:format("~s ~s (~B days), ~ts", [Term, date(Ends), Days, By])).

date(Seconds) ->
    {{Year, Month, Day}, _} = calendar:system_time_to_universal_time(Seconds, second),
    io_lib:format("~4..0B-~2..0B-~2..0B", [Year, Month, Day]).

%% RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime later.
seconds({utcTime, [A, B | _] = Text}) when [A, B] >= "50" ->
    seconds({generalTime, "19" ++ Text});
seconds({utcTime, Text}) ->
    seconds({generalTime, "20" ++ Text});
seconds({generalTime, [Y1, Y2, Y3, Y4, M1, M2, D1, D2, H1, H2, I1, I2, S1, S2, $Z]}) ->
    [Year, Month, Day, Hour, Minute, Second] = [list_to_integer(Digits) || Digits <- [[Y1, Y2, Y3, Y4], [M1, M2], [D1, D2], [H1, H2], [I1, I2], [S1, S2]]],
    calendar:datetime_to_gregorian_seconds({{Year, Month, Day}, {Hour, Minute, Second}}) - calendar:datetime_to_gregorian_seconds({{1970, 1, 1}, {0, 0, 0}}).

%% The common name, or else the organization.
name_of({rdnSequence, Parts}) ->
    Named = [{Type, text(Value)} || [#'AttributeTypeAndValue'{type = Type, value = Value} | _] <- Parts],
    proplists:get_value(?COMMON_NAME, Named, proplists:get_value(?ORGANIZATION, Named, "(no name)")).

text({_, Value}) -> Value;
text(Value) -> Value.
